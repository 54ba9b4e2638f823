"""Signing in by the site's identity provider: there and back in a browser, or by a device code for a command line."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Response, redirect, request
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import Conflict, Failure
from buildsvc.doors.http import auth, callers, problems
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.provider_shapes import (
    AddressAnswer,
    BeginBody,
    CameBackQuery,
    DeviceAnswer,
    DeviceBody,
    DeviceTokenAnswer,
    ProviderAnswer,
)
from buildsvc.doors.http.open_sign_ins import PATH
from buildsvc.doors.http.waiting_devices import name_of
from buildsvc.live.identity_providers import IdentityProvider, called
from buildsvc.live.proofs import NotAgreed, NotProven, Proof
from buildsvc.model.api import Problem
from buildsvc.model.people_views import DeviceToken
from buildsvc.usecases.people import auditing, own_tokens, signing_in

_BACK: Final = {"description": "To the page that it began on, signed in; or to the first one, which says why not"}


def routes() -> APIBlueprint:
    """Make the routes of the identity provider."""
    api = blueprint("provider", "Sign in by the site's identity provider (OpenID Connect)")
    own: dict[str, Any] = {"security": []}
    api.get("/session/oidc", summary="What the provider is called", responses={200: ProviderAnswer}, **own)(show)
    api.post(
        "/session/oidc", summary="Begin: the address to send the browser to", responses={200: AddressAnswer}, **own
    )(begin)
    api.get(
        "/session/oidc/callback", summary="Where the provider sends browsers back to", responses={303: _BACK}, **own
    )(came_back)
    api.post(
        "/session/oidc/device",
        summary="Begin without a browser of one's own (RFC 8628)",
        responses={200: DeviceAnswer},
        **own,
    )(begin_device)
    api.post(
        "/session/oidc/device/token",
        summary="A token of one's own, once somebody has agreed; empty until then",
        responses={200: DeviceTokenAnswer},
        **own,
    )(device_token)
    return api


@auth.is_open
def show() -> Response:
    said = parts().sign_ins.said(request)
    response = answer(ProviderAnswer(name=called(the_site().settings), problem=Problem(**said) if said else None))
    if said:
        parts().sign_ins.keep(response, request, None)
    return response


@auth.is_open
def begin(body: BeginBody) -> Response:
    provider, sign_ins = _provider(), parts().sign_ins
    away = sign_ins.begin(body.to)
    response = answer(AddressAnswer(address=provider.address(_back(), away.secrets)))
    sign_ins.keep(response, request, away)
    return response


@auth.is_open
def came_back(query: CameBackQuery) -> Response:
    made = parts()
    try:
        away = made.sign_ins.take(request, query.state)
        answered = {name: value for name, value in query.model_dump().items() if value is not None}
        prove = partial(_provider().proven, _back(), answered, away.secrets)
        who = _begun(callers.proven_elsewhere(made.throttle, made.site, prove))
    except Failure as failure:
        response = _to("/")
        made.sign_ins.keep(response, request, None, _kept(failure))
        return response
    response = _to(away.to)
    made.sign_ins.keep(response, request, None)
    auditing.note(made.site, who, "sign-in", "", {"by": made.site.settings.oidc_issuer}, address=auth.address())
    return response


@auth.is_open
def begin_device() -> Response:
    made = parts()
    provider, devices = _provider(), made.sign_ins.devices
    place = devices.begin(auth.address())
    try:
        found = callers.proven_elsewhere(made.throttle, made.site, provider.begin_device)
        lasts = devices.waits(place, found.code, found.interval, found.lasts)
    finally:
        devices.leave(place)
    return answer(replace(found, code=made.sign_ins.seal_device(found.code, lasts), lasts=int(lasts)))


@auth.is_open
def device_token(body: DeviceBody) -> Response:
    made = parts()
    found = callers.proven_elsewhere(made.throttle, made.site, lambda: _agreed(body.code))
    if isinstance(found, NotAgreed):
        return answer(DeviceToken(slower=found.slower))
    person = signing_in.admit(made.site, found)
    plain, info = own_tokens.make(made.site, person, body.issue, length=timedelta(days=body.days))
    told = {"by": made.site.settings.oidc_issuer}
    auditing.note(made.site, person.name, "sign-in", info.name, told, address=auth.address())
    return answer(DeviceToken(token=plain))


def _agreed(sealed: str) -> Proof | NotAgreed:
    """Ask the provider, no sooner than it wants. Raises NotProven, Throttled, Unreachable."""
    sign_ins = parts().sign_ins
    code = sign_ins.open_device(sealed)
    if not sign_ins.devices.may_ask(code, auth.address()):
        return NotAgreed(slower=True)
    try:
        found = _provider().device_proven(code)
    except NotProven:
        sign_ins.devices.leave(name_of(code))
        raise
    if isinstance(found, Proof):
        sign_ins.devices.leave(name_of(code))
    return found


def _provider() -> IdentityProvider:
    found = parts().provider
    if found is None:
        raise Conflict("no-identity-provider")
    return found


def _begun(proof: Proof) -> str:
    return callers.begin_session(the_site(), signing_in.admit(the_site(), proof)).name


def _back() -> str:
    """Give the address that the provider sends browsers back to."""
    return the_site().settings.oidc_redirect or f"{request.host_url.rstrip('/')}{PATH}/callback"


def _to(page: str) -> Response:
    response = redirect(page, 303, Response)
    assert isinstance(response, Response)
    return response


def _kept(failure: Failure) -> dict[str, Any]:
    """Give what the page shows of a failure, in the language of this browser; small enough for a cookie."""
    said = problems.document(failure)
    return asdict(replace(said, detail=said.detail[:600], hint=said.hint[:600], variant="", values=None))
