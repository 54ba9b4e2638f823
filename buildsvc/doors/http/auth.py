"""Who is asking, and may they? Deny by default: a route answers nobody unless it says which role it needs."""

from __future__ import annotations

import hmac
import logging
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response

from buildpacks.errors import Denied, Failure
from buildsvc.doors.http.throttle import ADDRESS, Throttle
from buildsvc.model.access import BrowserSession, Role, TokenInfo
from buildsvc.usecases.people import auditing
from buildsvc.usecases.site import Site

_log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
CSRF_HEADER: Final = "X-CSRF-Token"
_SESSION_KEY: Final = "web-session-key"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Unauthenticated(Denied):
    """No token, or one that is not known."""

    http_status = 401


class Throttled(Denied):
    """Too many wrong tokens from one address; `retry_after` in whole seconds."""

    http_status = 429

    def __init__(self, seconds: float) -> None:
        self.retry_after = math.ceil(seconds)
        super().__init__("too-many-attempts", seconds=self.retry_after)


@dataclass(frozen=True)
class Need:
    """What a route asks for. `action` is its name in the audit log; empty for reading."""

    role: Role | None
    action: str = ""


class SignedSession(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256, and for TLS only when the request came by TLS."""

    digest_method = staticmethod(sha256)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return request.is_secure


def needs(role: Role, action: str = "") -> Callable[[View], View]:
    """Mark a view: it answers whoever has `role`, for the application in its path; `action` goes to the audit log."""
    return _marking(Need(role, action))


def is_open(view: View) -> View:
    """Mark a view that answers without a token."""
    return _marking(Need(None))(view)


def install(app: Flask, site: Site, throttle: Throttle) -> None:
    """Put the guard before every request and the audit behind every change."""
    app.secret_key = _session_key(site)
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


def caller() -> TokenInfo:
    """Who is asking. Raises Unauthenticated on a route that is open."""
    found = g.get("caller")
    if not isinstance(found, TokenInfo):
        raise Unauthenticated("no-token")
    return found


def door() -> str:
    """Give the door that the caller came through: `web` for a browser's session, otherwise `api`."""
    return "web" if g.get("by_session") else "api"


def reach(application: str) -> None:
    """Check that the caller's token is for this application. Raises Denied."""
    who = caller()
    g.target = application
    if not who.reaches(application):
        allowed = who.applications or ()
        raise Denied("wrong-application", token=who.name, application=application, allowed=allowed)


def require(role: Role) -> None:
    """Check that the caller has this role at least. Raises Denied."""
    who = caller()
    if not who.role.allows(role):
        asked = f"{request.method} {request.path}"
        raise Denied("role-too-low", asked=asked, need=role, token=who.name, has=who.role)


def aim(*target: str | None) -> None:
    """Say what the request is about, for the audit log."""
    g.target = "/".join(part for part in target if part) or request.path


def reach_all() -> None:
    """Check that the caller's token is not limited to some applications. Raises Denied."""
    who = caller()
    if who.applications is not None:
        raise Denied("limited-token", token=who.name, allowed=who.applications)


def sign_in(site: Site, throttle: Throttle, plain: str) -> TokenInfo:
    """Begin a browser's session with a token. Raises Unauthenticated, Throttled."""
    who = _by_token(site, throttle, plain, "sign-in")
    secret, length = secrets.token_urlsafe(32), timedelta(seconds=site.settings.session_length)
    begun = site.ledger.begin_session(secret, who.id, secrets.token_urlsafe(24), address(), length)
    session.clear()
    session.permanent = True
    session["id"] = secret
    g.caller, g.session = who, begun
    return who


def sign_out(site: Site) -> None:
    """End the session that asks; whatever kept its cookie is nobody from now on."""
    found = g.get("session")
    if isinstance(found, BrowserSession):
        site.ledger.end_session(found.id)
    session.clear()


def address() -> str:
    """Where the request came from, as the front says it."""
    return request.remote_addr or ""


def csrf() -> str:
    """Give the value that a browser's changing requests repeat in `X-CSRF-Token`; empty without a session."""
    found = g.get("session")
    return found.csrf if isinstance(found, BrowserSession) else ""


def _session_key(site: Site) -> str:
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
    g.caller = _identify(site, throttle)
    if request.routing_exception is not None:
        return
    if need is None:
        raise Denied("closed", path=request.path)
    g.target = request.path
    if need.role is not None:
        require(need.role)
    application = (request.view_args or {}).get("application")
    if application is not None:
        reach(application)
        g.target = "/".join(str(part) for part in (request.view_args or {}).values())


def _identify(site: Site, throttle: Throttle) -> TokenInfo:
    authorization = request.authorization
    if authorization is not None and authorization.type == "bearer" and authorization.token:
        return _by_token(site, throttle, authorization.token, "token")
    secret = session.get("id")
    begun = site.ledger.session(secret, timedelta(seconds=site.settings.session_idle)) if secret else None
    found = site.ledger.token_of(begun.token) if begun is not None else None
    if begun is None or found is None:
        raise Unauthenticated("no-token")
    g.session = begun
    if request.method not in SAFE_METHODS and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), begun.csrf.encode()
    ):
        raise Denied("no-csrf", header=CSRF_HEADER)
    g.by_session = True
    return found


def _by_token(site: Site, throttle: Throttle, plain: str, by: str) -> TokenInfo:
    """Whose token it is. A right one is never refused because of others behind the same address: with its 256 random
    bits there is nothing to be gained by guessing. Raises Unauthenticated, Throttled.
    """
    found = site.ledger.token(plain)
    if found is not None:
        return found
    failures = throttle.failed(ADDRESS, address())
    if failures and throttle.may_tell():
        _log.warning("a wrong token from %s, failure %d", address(), failures)
        auditing.note(
            site, "", f"{by}.refused", ascii(request.path[:200])[1:-1], {"failures": failures}, address=address()
        )
    if wait := throttle.wait(ADDRESS, address()):
        raise Throttled(wait)
    raise Unauthenticated("wrong-token")


def _audit(site: Site, response: Response) -> Response:
    need, who = need_of(request.endpoint), g.get("caller")
    if need is not None and need.action and isinstance(who, TokenInfo):
        _note(site, who.name, need.action, g.get("target", request.path), {"status": response.status_code})
    return response


def _note(site: Site, actor: str, action: str, target: str, detail: dict[str, Any]) -> None:
    try:
        auditing.note(site, actor, action, target, detail, address=address())
    except Failure as failure:
        # What was done is done, and what was refused has its own answer: neither becomes a defect.
        _log.error("not in the audit: %s %s by %s: %s", action, request.path, actor or "nobody", failure)
