"""Tokens: who may do what here."""

from __future__ import annotations

from datetime import timedelta

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.doors.http.api.shapes import CreatedTokenAnswer, OfToken, TokenBody, TokensAnswer
from buildsvc.model.access import Role, TokenInfo
from buildsvc.model.people_views import CreatedToken, TokenView


def routes() -> APIBlueprint:
    """Make the routes of tokens."""
    api = blueprint("tokens", "Give and take back access")
    api.get("/tokens", summary="All tokens, without their secrets", responses={200: TokensAnswer})(every)
    api.post("/tokens", summary="Make a token; it is shown this once", responses={201: CreatedTokenAnswer})(create)
    api.delete("/tokens/<name>", summary="Revoke a token at once", responses={204: None})(revoke)
    return api


@auth.needs(Role.ADMIN, auditor=True)
def every() -> Response:
    auth.reach_all()
    return answer(TokensAnswer(tuple(token_view(token) for token in the_site().ledger.tokens())))


@auth.needs(Role.ADMIN, "token.create")
def create(body: TokenBody) -> Response:
    auth.reach_all()
    auth.aim(body.name)
    site = the_site()
    expires = None if body.expires is None else site.clock.now() + timedelta(seconds=body.expires)
    plain, info = site.ledger.create_token(
        body.name, Role(body.role), body.applications, actor=auth.caller().name, expires=expires
    )
    return answer(CreatedToken(token=plain, view=token_view(info)), 201)


@auth.needs(Role.ADMIN, "token.revoke")
def revoke(path: OfToken) -> Response:
    auth.reach_all()
    auth.aim(path.name)
    the_site().ledger.revoke_token(path.name)
    return Response(status=204)


def token_view(token: TokenInfo) -> TokenView:
    """Say what may be shown of a token."""
    return TokenView(
        name=token.name,
        role=token.role,
        applications=token.applications,
        created=token.created,
        last_used=token.used,
        expires=token.expires,
    )
