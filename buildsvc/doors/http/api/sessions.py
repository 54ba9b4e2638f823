"""Sessions: sign in, who am I and what may I, sign out; an admin sees all of them and ends them."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth, callers
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.person_shapes import SignInBody
from buildsvc.doors.http.api.shapes import OfSession, SessionAnswer, SessionsAnswer
from buildsvc.model.access import EVERYWHERE, Caller, Grants, Role
from buildsvc.model.people_views import OpenSession, SessionView
from buildsvc.usecases.people import auditing, own_tokens
from buildsvc.usecases.people.signing_in import Credentials


def routes() -> APIBlueprint:
    """Make the routes of sessions."""
    api = blueprint("session", "Sign in, and who is signed in")
    api.get("/session", summary="Who asks, and what he may", responses={200: SessionAnswer})(show)
    api.post(
        "/session", summary="Sign in with a token, or by name and password", responses={200: SessionAnswer}, security=[]
    )(sign_in)
    api.delete("/session", summary="Sign out", responses={204: None})(sign_out)
    api.get("/sessions", summary="All open sessions", responses={200: SessionsAnswer})(every)
    api.delete("/sessions/<session>", summary="End a session at once", responses={204: None})(revoke)
    return api


@auth.needs_only_to_be_known()
def show() -> Response:
    return answer(_view(auth.caller()))


@auth.is_open
def sign_in(body: SignInBody) -> Response:
    site, made = the_site(), parts()
    if body.token is not None:
        token, _ = callers.by_token(site, made.throttle, body.token, "sign-in")
        who = callers.begin_session(site, token)
        auditing.note(site, who.name, "sign-in", "", address=auth.address())
        return answer(_view(who))
    given = Credentials(body.name or "", body.password, body.code)
    person = callers.proven(site, made.throttle, made.passwords, made.directory, given)
    if body.issue is None:
        who = callers.begin_session(site, person)
        auditing.note(site, who.name, "sign-in", "", address=auth.address())
        return answer(_view(who))
    plain, info = own_tokens.make(site, person, body.issue, length=timedelta(days=body.days))
    auditing.note(site, person.name, "sign-in", info.name, address=auth.address())
    return answer(_view(Caller(person.name, person.grants, person.id, info.name, id=person.id), token=plain))


@auth.needs_only_to_be_known("sign-out")
def sign_out() -> Response:
    callers.end_session(the_site())
    return Response(status=204)


@auth.needs(Role.ADMIN, auditor=True)
def every() -> Response:
    auth.reach_all()
    site = the_site()
    names = {token.id: token.name for token in site.ledger.tokens()}
    names |= {person.id: person.name for person in site.ledger.persons()}
    found = site.ledger.sessions(timedelta(seconds=site.settings.session_idle))
    views = [
        OpenSession(one.id, names[whose], one.address, one.created, one.used, one.ends)
        for one in found
        if (whose := one.person or one.token) in names
    ]
    return answer(SessionsAnswer(tuple(views)))


@auth.needs(Role.ADMIN, "session.revoke")
def revoke(path: OfSession) -> Response:
    auth.reach_all()
    auth.aim(path.session)
    the_site().ledger.end_session(path.session)
    return Response(status=204)


def _view(who: Caller, token: str = "") -> SessionView:
    needed = _needed()
    may = {where: _may(who.grants, where, needed) for where in (EVERYWHERE, *who.grants.applications)}
    return SessionView(
        name=who.name,
        role=who.role,
        csrf=auth.csrf(),
        kind="token" if who.person is None else "person",
        roles=who.grants.listed(),
        auditor=who.grants.auditor,
        may=may,
        needs={action: str(role) for action, role in needed.items()},
        must=who.must,
        token=token,
    )


def _needed() -> dict[str, Role]:
    """Return every action with the role that it takes."""
    needs = (auth.need_of(endpoint) for endpoint in current_app.view_functions)
    return {one.action: one.role for one in needs if one and one.action and not one.known and one.role}


def _may(grants: Grants, where: str, needed: dict[str, Role]) -> tuple[str, ...]:
    held = grants.everywhere if where == EVERYWHERE else grants.role_in(where)
    return tuple(sorted(action for action, role in needed.items() if held is not None and held.allows(role)))
