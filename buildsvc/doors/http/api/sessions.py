"""A browser's session: sign in with a token, who am I, sign out."""

from __future__ import annotations

from flask import Response, request, session
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.shapes import SessionAnswer, SessionBody
from buildsvc.model.access import Role, TokenInfo
from buildsvc.model.api import SessionView


def routes() -> APIBlueprint:
    """Make the routes of sessions."""
    api = blueprint("session", "Sign in from a browser")
    api.get("/session", summary="Who is signed in", responses={200: SessionAnswer})(show)
    api.post("/session", summary="Sign in with a token", responses={200: SessionAnswer}, security=[])(sign_in)
    api.delete("/session", summary="Sign out", responses={204: None})(sign_out)
    return api


@auth.needs(Role.VIEWER)
def show() -> Response:
    return answer(_view(auth.caller()))


@auth.is_open
def sign_in(body: SessionBody) -> Response:
    site = the_site()
    who = auth.sign_in(site, parts().throttle, body.token)
    site.ledger.audit(who.name, "sign-in", request.remote_addr or "")
    return answer(_view(who))


@auth.needs(Role.VIEWER, "sign-out")
def sign_out() -> Response:
    session.clear()
    return Response(status=204)


def _view(who: TokenInfo) -> SessionView:
    return SessionView(name=who.name, role=who.role, csrf=auth.csrf())
