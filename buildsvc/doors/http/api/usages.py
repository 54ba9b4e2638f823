"""What the instances of a component use: the points of the page's plots."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.doors.http.api.shapes import OfComponent
from buildsvc.model.access import Role
from buildsvc.model.usage import UsageView
from buildsvc.usecases.look import metering


class UsageAnswer(RootModel[UsageView]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of usage."""
    api = blueprint("usage", "What instances use")
    api.get(
        "/applications/<application>/components/<component>/usage",
        summary="Memory and processor time of its instances in the last hour",
        responses={200: UsageAnswer},
    )(usage)
    return api


@auth.needs(Role.VIEWER)
def usage(path: OfComponent) -> Response:
    return answer(metering.usage_view(the_site(), path.application, path.component))
