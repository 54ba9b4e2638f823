"""The web application: the API, the page, sign-in and health, joined into one WSGI callable. Starts nothing."""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from flask import g
from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI
from werkzeug.wrappers import Response

from buildsvc.doors.http import api, auth, laptops, problems, readiness
from buildsvc.doors.http.api import about
from buildsvc.doors.http.api.common import EXTENSION, Parts
from buildsvc.doors.http.bodies import JsonBodies, WholeNumber
from buildsvc.doors.http.fanout import Fanout, Pace
from buildsvc.doors.http.metrics import Metrics
from buildsvc.doors.http.open_sign_ins import OpenSignIns
from buildsvc.doors.http.throttle import LONGEST_WAIT, Throttle
from buildsvc.live.directories import Directory, directory_of
from buildsvc.live.identity_providers import IdentityProvider, provider_of
from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.site import Site
from webui import pages

LARGEST_BODY = 1024 * 1024
"""Bytes, for everything but uploads; those raise it for themselves."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SCHEMES: Final[dict[str, SecurityScheme | dict[str, Any]]] = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "buildsvc_session"},
}


def create_app(
    site: Site,
    *,
    pace: Pace | None = None,
    directory: Directory | None = None,
    provider: IdentityProvider | None = None,
) -> OpenAPI:
    """Make the web application of a site; it is a `Flask`, and a WSGI callable."""
    app = OpenAPI(
        "buildsvc",
        info=Info(title="buildsvc", version=about.installed_version()),
        security_schemes=_SCHEMES,
        validation_error_callback=problems.of_validation,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json = JsonBodies(app)
    app.url_map.converters["int"] = WholeNumber
    app.config[problems.LANGUAGE] = site.settings.language
    key = auth.session_key(site)
    app.extensions[EXTENSION] = made = Parts(
        site,
        Metrics(site),
        Throttle(monotonic, site.clock.now, site.ledger, max(LONGEST_WAIT, site.settings.lock_for)),
        Fanout(site.feed, site.settings.streams, pace or Pace()),
        Passwords(),
        OpenSignIns(key, site.clock.now),
        directory or directory_of(site.settings),
        provider or provider_of(site.settings, site.clock),
    )
    problems.guard(app)
    auth.install(app, site, made.throttle, key)
    api.mount(app)
    readiness.mount(app, site, made.metrics)
    laptops.mount(app)
    app.register_blueprint(pages(auth.is_open))
    app.after_request(_secure)
    app.after_request(lambda response: _signed(response, app.info.version))
    return app


def _secure(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _signed(response: Response, version: str) -> Response:
    """Tell the version, to whoever may know it: a command line of another one then says why it is not understood."""
    if "caller" in g:
        response.headers.setdefault("X-Buildsvc-Version", version)
    return response
