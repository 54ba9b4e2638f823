"""Deployments: what was attempted, what happened in each, and stopping one."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors import report_page
from buildsvc.doors.http import auth, problems, stream
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, parts, the_site
from buildsvc.doors.http.api.shapes import (
    EVENT_STREAM,
    DeploymentAnswer,
    EventsAnswer,
    EventsQuery,
    OfDeployment,
)
from buildsvc.model.access import Role
from buildsvc.model.api import SIGNING_HEADERS
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.usecases import queueing
from buildsvc.usecases.look import reporting, vouching

_DIGITS = 18

_TO_CANCEL = {Cause.ARTIFACT: Role.DEVELOPER, Cause.REMOVE: Role.ADMIN, Cause.RESTORE: Role.ADMIN}
"""Who may end what is under way: whoever may begin it. All that is not named here takes an operator."""


def routes() -> APIBlueprint:
    """Make the routes of deployments."""
    api = blueprint("deployments", "Look at attempts to bring a release live")
    api.get("/deployments/<deployment>", summary="One deployment", responses={200: DeploymentAnswer})(one)
    api.get(
        "/deployments/<deployment>/events",
        summary="What happened, as a stream (resumed by Last-Event-ID), or as a list with Accept: application/json",
        responses={200: EventsAnswer, 204: None},
    )(events)
    api.get(
        "/deployments/<deployment>/report",
        summary="What it did, on one page that needs nothing else (Accept: text/plain: text), signed in headers",
        responses={200: {"description": "The page", "content": {"text/html": {}, "text/plain": {}}}},
    )(report)
    api.post(
        "/deployments/<deployment>/cancel",
        summary="Stop it at its next step; the former release keeps serving",
        responses={200: DeploymentAnswer},
    )(cancel)
    return api


@auth.needs(Role.VIEWER)
def one(path: OfDeployment) -> Response:
    return answer(DeploymentAnswer(for_caller(_reached(path.deployment))))


@auth.needs(Role.VIEWER)
def events(path: OfDeployment, query: EventsQuery) -> Response:
    site, after = the_site(), _after(query)
    deployment = _reached(path.deployment)
    if request.accept_mimetypes.best_match([EVENT_STREAM, "application/json"]) == "application/json":
        found = site.ledger.events(path.deployment, after)
        return answer(EventsAnswer(tuple(stream.told(recorded, problems.language()) for recorded in found)))
    if after and deployment.phase.ended and not site.ledger.events(path.deployment, after):
        # A browser that was told everything reconnects for ever unless it is answered with "no content".
        return Response(status=204)
    telling = stream.DeploymentTelling(site, path.deployment, after, query.until, problems.language())
    return stream.respond(parts().streams, telling)


@auth.needs(Role.VIEWER)
def report(path: OfDeployment) -> Response:
    found = reporting.report(the_site(), _reached(path.deployment).id)
    found = replace(found, deployment=for_caller(found.deployment))
    kind = request.accept_mimetypes.best_match(["text/html", "text/plain"]) or "text/html"
    page = report_page.as_text if kind == "text/plain" else report_page.as_html
    content = page(found, problems.language()).encode()
    signed = zip(SIGNING_HEADERS, vouching.vouched(the_site(), content), strict=True)
    return Response(content, mimetype=kind, headers=[(name, b64encode(one).decode()) for name, one in signed])


@auth.needs(Role.DEVELOPER, "cancel")
def cancel(path: OfDeployment) -> Response:
    deployment = _reached(path.deployment)
    auth.require(_TO_CANCEL.get(deployment.cause, Role.OPERATOR), deployment.application)
    return answer(DeploymentAnswer(for_caller(queueing.cancel(the_site(), path.deployment))))


def _reached(identifier: str) -> Deployment:
    deployment = the_site().ledger.deployment(identifier)
    auth.reach(deployment.application)
    auth.aim(deployment.application, deployment.component, identifier)
    return deployment


def _after(query: EventsQuery) -> int:
    """Where to begin: a reconnecting browser repeats the address it first asked for, so its header counts first."""
    resumed = request.headers.get("Last-Event-ID", "")
    known = resumed.isascii() and resumed.isdigit() and len(resumed) <= _DIGITS
    return int(resumed) if known else query.after or 0
