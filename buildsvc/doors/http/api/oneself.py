"""What somebody does about himself: his password, his one-time codes, his own tokens."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, g
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import Denied
from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.person_shapes import (
    CodeBody,
    OfOwnToken,
    OwnTokenBody,
    PasswordBody,
    SecondFactorAnswer,
)
from buildsvc.doors.http.api.shapes import CreatedTokenAnswer, TokensAnswer
from buildsvc.doors.http.api.tokens import token_view
from buildsvc.model.access import BrowserSession, Role
from buildsvc.model.people_views import CreatedToken, SecondFactor
from buildsvc.model.person import Person
from buildsvc.usecases.people import own_tokens, persons, second_factor


def routes() -> APIBlueprint:
    """Make the routes about oneself."""
    api = blueprint("oneself", "One's own password, one-time codes and tokens")
    codes = "/session/second-factor"
    api.post("/session/password", summary="Change one's own password", responses={204: None})(password)
    api.post(
        codes, summary="Begin with one-time codes; the secret is shown this once", responses={200: SecondFactorAnswer}
    )(begin)
    api.post(f"{codes}/confirm", summary="Take them into use, by a first code", responses={204: None})(confirm)
    api.get("/session/tokens", summary="One's own tokens", responses={200: TokensAnswer})(tokens)
    api.post(
        "/session/tokens",
        summary="Make a token of one's own; it is shown this once",
        responses={201: CreatedTokenAnswer},
    )(make)
    api.delete("/session/tokens/<name>", summary="Revoke a token of one's own", responses={204: None})(revoke)
    return api


@auth.needs_only_to_be_known("password.change")
def password(body: PasswordBody) -> Response:
    person, begun = _person(), g.get("session")
    keep = begun.id if isinstance(begun, BrowserSession) else ""
    persons.change_password(the_site(), parts().passwords, person, body.old, body.new, session=keep)
    return Response(status=204)


@auth.needs_only_to_be_known("second-factor.begin")
def begin() -> Response:
    secret, address = second_factor.begin(the_site(), _person())
    return answer(SecondFactor(secret=secret, address=address))


@auth.needs_only_to_be_known("second-factor.confirm")
def confirm(body: CodeBody) -> Response:
    second_factor.confirm(the_site(), _person(), body.code)
    return Response(status=204)


@auth.needs_only_to_be_known()
def tokens() -> Response:
    found = own_tokens.of(the_site(), _person().id)
    return answer(TokensAnswer(tuple(token_view(one) for one in found)))


@auth.needs_only_to_be_known("own-token.create")
def make(body: OwnTokenBody) -> Response:
    person = _person()
    auth.aim(body.name)
    if auth.caller().token:
        # Otherwise one that was limited could make itself one that is not, and none would ever end.
        raise Denied("own-token-by-token")
    if must := persons.must(the_site(), person):
        raise Denied(f"must-first.{must[0]}")
    plain, info = own_tokens.make(
        the_site(),
        person,
        body.name,
        role=Role(body.role),
        applications=body.applications,
        length=timedelta(days=body.days),
    )
    return answer(CreatedToken(token=plain, view=token_view(info)), 201)


@auth.needs_only_to_be_known("own-token.revoke")
def revoke(path: OfOwnToken) -> Response:
    auth.aim(path.name)
    own_tokens.revoke(the_site(), _person(), path.name)
    return Response(status=204)


def _person() -> Person:
    who = auth.caller()
    found = the_site().ledger.person(who.person) if who.person is not None else None
    if found is None:
        raise Denied("no-person", name=who.name)
    return found
