"""Browsers' sessions: sign in with a token, who am I, sign out; an admin sees all of them and ends them."""

from __future__ import annotations

from datetime import timedelta

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.shapes import OfSession, SessionAnswer, SessionBody, SessionsAnswer
from buildsvc.model.access import Role, TokenInfo
from buildsvc.model.api import OpenSession, SessionView
from buildsvc.usecases.people import auditing


def routes() -> APIBlueprint:
    """Make the routes of sessions."""
    api = blueprint("session", "Sign in from a browser")
    api.get("/session", summary="Who is signed in", responses={200: SessionAnswer})(show)
    api.post("/session", summary="Sign in with a token", responses={200: SessionAnswer}, security=[])(sign_in)
    api.delete("/session", summary="Sign out", responses={204: None})(sign_out)
    api.get("/sessions", summary="All open sessions", responses={200: SessionsAnswer})(every)
    api.delete("/sessions/<session>", summary="End a session at once", responses={204: None})(revoke)
    return api


@auth.needs(Role.VIEWER)
def show() -> Response:
    return answer(_view(auth.caller()))


@auth.is_open
def sign_in(body: SessionBody) -> Response:
    site = the_site()
    who = auth.sign_in(site, parts().throttle, body.token)
    auditing.note(site, who.name, "sign-in", "", address=auth.address())
    return answer(_view(who))


@auth.needs(Role.VIEWER, "sign-out")
def sign_out() -> Response:
    auth.sign_out(the_site())
    return Response(status=204)


@auth.needs(Role.ADMIN)
def every() -> Response:
    auth.reach_all()
    site = the_site()
    names = {token.id: token.name for token in site.ledger.tokens()}
    found = site.ledger.sessions(timedelta(seconds=site.settings.session_idle))
    views = [
        OpenSession(one.id, names[one.token], one.address, one.created, one.used, one.ends)
        for one in found
        if one.token in names
    ]
    return answer(SessionsAnswer(tuple(views)))


@auth.needs(Role.ADMIN, "session.revoke")
def revoke(path: OfSession) -> Response:
    auth.reach_all()
    auth.aim(path.session)
    the_site().ledger.end_session(path.session)
    return Response(status=204)


def _view(who: TokenInfo) -> SessionView:
    return SessionView(name=who.name, role=who.role, csrf=auth.csrf())
