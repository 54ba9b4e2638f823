"""Restart a component: by a swap of the release that serves, where it is a jar component."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import AcceptedAnswer, OfComponent, RestartBody
from buildsvc.model.access import Role
from buildsvc.usecases.stop import again


def routes() -> APIBlueprint:
    """Make the route of restarts."""
    api = blueprint("restarts", "Restart components")
    api.post(
        "/applications/<application>/components/<component>/restart",
        summary="Restart it: a jar component by a swap of the release that serves, so that no request fails",
        responses={202: AcceptedAnswer},
    )(restart)
    return api


@auth.needs(Role.OPERATOR, "restart")
def restart(path: OfComponent, body: RestartBody) -> Response:
    auth.because(body.reason)
    accepted = again.submit_restart(
        the_site(), path.application, path.component, actor=auth.caller().name, door=auth.door()
    )
    return answer(for_caller(accepted), 202)
