"""Who is asking, and may they? Deny by default: a route answers nobody unless it says which role it needs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

from flask import Flask, current_app, g, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response

from buildpacks.errors import Denied, Failure
from buildsvc.doors.http.callers import Unauthenticated, identify
from buildsvc.doors.http.throttle import Throttle
from buildsvc.model.access import BrowserSession, Caller, Role
from buildsvc.usecases.people import auditing
from buildsvc.usecases.site import Site

_log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
_SESSION_KEY: Final = "web-session-key"


@dataclass(frozen=True)
class Need:
    """What a route asks for. `action` is its name in the audit log; empty for reading. `auditor`: an auditor may too.
    `known`: whoever it is, whatever his role; only he himself is concerned.
    """

    role: Role | None
    action: str = ""
    auditor: bool = False
    known: bool = False


class SignedSession(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256, and for TLS only when the request came by TLS."""

    digest_method = staticmethod(sha256)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return request.is_secure


def needs(role: Role, action: str = "", *, auditor: bool = False) -> Callable[[View], View]:
    """Mark a view: it answers whoever has `role`, for the application in its path; `action` goes to the audit log."""
    return _marking(Need(role, action, auditor))


def needs_only_to_be_known(action: str = "") -> Callable[[View], View]:
    """Mark a view that is about whoever asks, and so answers everybody who is somebody here."""
    return _marking(Need(Role.VIEWER, action, known=True))


def is_open(view: View) -> View:
    """Mark a view that answers without a token."""
    return _marking(Need(None))(view)


def install(app: Flask, site: Site, throttle: Throttle, key: str) -> None:
    """Put the guard before every request and the audit behind every change; `key` signs sessions."""
    app.secret_key = key
    app.config.update(
        SESSION_COOKIE_NAME="buildsvc_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=site.settings.session_length,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = SignedSession()
    app.before_request(lambda: _check(site, throttle))
    app.after_request(lambda response: _audit(site, response))


def caller() -> Caller:
    """Who is asking. Raises Unauthenticated on a route that is open."""
    found = g.get("caller")
    if not isinstance(found, Caller):
        raise Unauthenticated("no-token")
    return found


def door() -> str:
    """Give the door that the caller came through: `web` for a browser's session, otherwise `api`."""
    return "web" if g.get("by_session") else "api"


def reach(application: str) -> None:
    """Check that the caller may do in this application what the route is for. Raises Denied."""
    who = caller()
    g.target = application
    if _as_auditor(who):
        return
    if who.grants.role_in(application) is None:
        allowed = who.applications or ()
        raise Denied("wrong-application", token=who.name, application=application, allowed=allowed)
    need = need_of(request.endpoint)
    require((need and need.role) or Role.ADMIN, application)


def sees(application: str) -> bool:
    """Whether the caller may look at this application."""
    return caller().grants.holds(Role.VIEWER, application)


def require(role: Role, application: str | None = None) -> None:
    """Check that the caller has this role at least, in an application or, without one, anywhere. Raises Denied."""
    who = caller()
    held = who.grants.highest if application is None else who.grants.role_in(application)
    if held is None or not held.allows(role):
        asked = f"{request.method} {request.path}"
        has = who.role if application is None else str(held)
        where = application or ""
        raise Denied("role-too-low", asked=asked, need=role, token=who.name, has=has, where=where)


def aim(*target: str | None) -> None:
    """Say what the request is about, for the audit log."""
    g.target = "/".join(part for part in target if part) or request.path


def because(reason: str) -> None:
    """Say why it is asked for, for the audit log."""
    g.reason = reason


def was_told() -> None:
    """Leave this request out of the audit log, unless it is refused: an entry stands for it already."""
    g.told = True


def reach_all() -> None:
    """Check that the caller may do in every application what the route is for. Raises Denied."""
    who, need = caller(), need_of(request.endpoint)
    if _as_auditor(who):
        return
    allowed = who.grants.where((need and need.role) or Role.ADMIN)
    if allowed is not None:
        raise Denied("limited-token", token=who.name, allowed=allowed)


def address() -> str:
    """Where the request came from, as the front says it."""
    return request.remote_addr or ""


def csrf() -> str:
    """Give the value that a browser's changing requests repeat in `X-CSRF-Token`; empty without a session."""
    found = g.get("session")
    return found.csrf if isinstance(found, BrowserSession) else ""


def session_key(site: Site) -> str:
    """Return the key that signs sessions: made once, kept sealed like any secret, under no application's name."""
    if _SESSION_KEY not in site.secrets.names(""):
        site.secrets.put("", _SESSION_KEY, secrets.token_urlsafe(32))
    return site.secrets.get("", _SESSION_KEY)


def _marking(need: Need) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.need = need  # type: ignore[attr-defined]
        return view

    return mark


def need_of(endpoint: str | None) -> Need | None:
    """Return what the route with this endpoint asks for; None when it says nothing."""
    if endpoint == "static" or (endpoint or "").endswith(".static"):
        return Need(None)
    found = getattr(current_app.view_functions.get(endpoint or ""), "need", None)
    return found if isinstance(found, Need) else None


def _check(site: Site, throttle: Throttle) -> None:
    need = need_of(request.endpoint)
    if need is not None and need.role is None:
        return
    who = g.caller = identify(site, throttle)
    if request.routing_exception is not None:
        return
    if need is None:
        raise Denied("closed", path=request.path)
    g.target = request.path
    if need.known:
        return
    if who.must:
        raise Denied(f"must-first.{who.must[0]}")
    if need.role is not None and not _as_auditor(who):
        require(need.role)
    application = (request.view_args or {}).get("application")
    if application is not None:
        reach(application)
        g.target = "/".join(str(part) for part in (request.view_args or {}).values())


def _as_auditor(who: Caller) -> bool:
    need = need_of(request.endpoint)
    return need is not None and need.auditor and who.grants.auditor


def _audit(site: Site, response: Response) -> Response:
    need, who = need_of(request.endpoint), g.get("caller")
    if g.get("told") and response.status_code < 400:  # noqa: PLR2004 - HTTP's refusals
        return response
    if need is not None and need.action and isinstance(who, Caller):
        told: dict[str, Any] = {"status": response.status_code}
        if who.person is not None and who.token:
            told["token"] = who.token
        if g.get("reason"):
            told["reason"] = g.reason
        _note(site, who.name, need.action, g.get("target", request.path), told)
    return response


def _note(site: Site, actor: str, action: str, target: str, detail: dict[str, Any]) -> None:
    try:
        auditing.note(site, actor, action, target, detail, address=address())
    except Failure as failure:
        # What was done is done, and what was refused has its own answer: neither becomes a defect.
        _log.error("not in the audit: %s %s by %s: %s", action, request.path, actor or "nobody", failure)
