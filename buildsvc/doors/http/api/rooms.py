"""The room that is left on the site's disk, when it will be full, and what was pruned."""

from __future__ import annotations

import shutil
from dataclasses import asdict

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.model.access import Role
from buildsvc.model.room_views import RoomView
from buildsvc.usecases.tend import pruning
from buildsvc.usecases.tend.forecast import forecast


class RoomAnswer(RootModel[RoomView]):
    pass


def routes() -> APIBlueprint:
    """Make the route about the room that is left."""
    api = blueprint("room", "Room on the site's disk")
    summary = "How much is free, when the disk will be full at this pace, and what was pruned"
    api.get("/room", summary=summary, responses={200: RoomAnswer})(room)
    return api


@auth.needs(Role.OPERATOR)
def room() -> Response:
    auth.reach_all()
    site = the_site()
    disk, found = shutil.disk_usage(site.settings.data), forecast(site)
    return answer(
        RoomView(
            free=disk.free,
            total=disk.total,
            grows=found.grows if found else None,
            full_in=found.full_in if found else None,
            pruned=pruning.last_pass(site),
            **asdict(pruning.pruned_so_far(site)),
        )
    )
