"""The room that is left on the site's disk, what fills it, when it will be full, and how much is kept."""

from __future__ import annotations

import shutil
from dataclasses import asdict

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.model.access import Role
from buildsvc.model.room_views import GoingRelease, GoingVersion, RetentionView, RoomView
from buildsvc.model.system_views import HoldingsView
from buildsvc.usecases.tend import pruning, retention
from buildsvc.usecases.tend.filling import what_fills
from buildsvc.usecases.tend.forecast import forecast


class RoomAnswer(RootModel[RoomView]):
    pass


class HoldingsAnswer(RootModel[HoldingsView]):
    pass


class RetentionAnswer(RootModel[RetentionView]):
    pass


class RetentionBody(BaseModel):
    """How many releases of a component and versions of an application stay, and how many days of history."""

    model_config = ConfigDict(extra="forbid")

    releases: int = Field(ge=1, le=10_000)
    versions: int = Field(ge=1, le=10_000)
    history: int = Field(ge=1, le=36_500)


def routes() -> APIBlueprint:
    """Make the routes about the room that is left, and about what is kept."""
    api = blueprint("room", "Room on the site's disk")
    summary = "How much is free, when the disk will be full at this pace, and what was pruned"
    api.get("/room", summary=summary, responses={200: RoomAnswer})(room)
    api.get("/room/filled", summary="What fills the disk, by what it is", responses={200: HoldingsAnswer})(filled)
    api.get(
        "/retention",
        summary="How much is kept, and what goes by that",
        responses={200: RetentionAnswer},
    )(kept)
    api.put("/retention", summary="Say how much is kept from now on", responses={200: RetentionAnswer})(keep)
    api.delete(
        "/retention",
        summary="Keep as much as the settings say again",
        responses={200: RetentionAnswer},
    )(keep_as_set)
    api.post(
        "/retention/prune",
        summary="Let go of what is not kept, within a minute",
        responses={202: RetentionAnswer},
    )(prune)
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


@auth.needs(Role.OPERATOR)
def filled() -> Response:
    auth.reach_all()
    return answer(what_fills(the_site()))


@auth.needs(Role.OPERATOR)
def kept() -> Response:
    auth.reach_all()
    return answer(_retention())


@auth.needs(Role.ADMIN, "retention.set")
def keep(body: RetentionBody) -> Response:
    auth.reach_all()
    auth.aim("retention", f"{body.releases}/{body.versions}/{body.history}")
    retention.set_rule(the_site(), retention.RetentionRule(**body.model_dump()))
    return answer(_retention())


@auth.needs(Role.ADMIN, "retention.unset")
def keep_as_set() -> Response:
    auth.reach_all()
    auth.aim("retention")
    retention.set_rule(the_site(), None)
    return answer(_retention())


@auth.needs(Role.ADMIN, "retention.prune")
def prune() -> Response:
    auth.reach_all()
    auth.aim("retention")
    pruning.ask(the_site())
    return answer(_retention(), 202)


def _retention() -> RetentionView:
    site = the_site()
    going = pruning.going(site)
    return RetentionView(
        **asdict(retention.rule_of(site)),
        set_here=retention.own_rule(site) is not None,
        waits=pruning.is_asked(site),
        going_releases=tuple(
            GoingRelease(one.application, one.component, one.number, one.filename) for one in going.releases
        ),
        going_versions=tuple(GoingVersion(one.application, one.name) for one in going.versions),
        going_images=len(going.images),
        going_files=len(going.blobs),
        going_size=going.size,
    )
