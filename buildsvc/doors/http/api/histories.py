"""Past deployments: found by what is asked of them, as a sheet for the acceptance record, and how long they took."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AfterValidator, Field, RootModel

from buildsvc.doors import deployment_sheet, words
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import Name, OfDeployment
from buildsvc.doors.http.problems import Asked
from buildsvc.doors.memory import give_back_memory
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.past import DeploymentFilter, TimingView
from buildsvc.usecases.look import timing

MOST_ROWS = 10_000
"""Deployments that one sheet holds, the newest."""
_CSV = "text/csv"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _with_zone(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_with_zone)]
"""ISO 8601; UTC where it says no zone."""


class DeploymentsAsked(Asked):
    """Which deployments are meant. `cause` and `phase` may be given several times."""

    application: Name | None = Field(default=None, description="Only those of this application.")
    component: str | None = Field(default=None, description="Only those of this component; empty: of the whole.")
    actor: Name | None = Field(default=None, description="Only what this person or token asked for.")
    door: Name | None = Field(default=None, description="Only what came through this door: api, web, folder.")
    cause: list[Cause] = Field(default_factory=list, description="Only these causes.")
    phase: list[Phase] = Field(default_factory=list, description="Only those that stand there.")
    since: Moment | None = Field(default=None, description="Only those made at this time or later.")
    until: Moment | None = Field(default=None, description="Only those made before this time.")
    before: Name | None = Field(default=None, description="Only those made before the deployment with this id.")

    def filter(self) -> DeploymentFilter:
        """Make what the ledger is asked; what the caller may not see is left out."""
        return DeploymentFilter(
            application=self.application,
            component=self.component,
            actor=self.actor,
            door=self.door,
            causes=tuple(one.value for one in self.cause),
            phases=tuple(one.value for one in self.phase),
            since=self.since,
            until=self.until,
            before=self.before,
            among=auth.caller().applications,
        )


class DeploymentsQuery(DeploymentsAsked):
    limit: int = Field(default=50, ge=1, le=500, description="How many at most.")


class SheetQuery(DeploymentsAsked):
    format: Literal["csv", "xlsx"] = Field(default="csv", description="What kind of file.")


class DeploymentsAnswer(RootModel[tuple[Deployment, ...]]):
    pass


class TimingAnswer(RootModel[TimingView]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of what is past."""
    api = blueprint("history", "Look for past deployments")
    api.get("/deployments", summary="The newest deployments first", responses={200: DeploymentsAnswer})(newest)
    api.get(
        "/deployments/sheet",
        summary=f"The same as a sheet, {MOST_ROWS} at most",
        responses={200: {"description": "The file", "content": {_CSV: {}, _XLSX: {}}}},
    )(sheet)
    api.get(
        "/deployments/<deployment>/timing",
        summary="How long its stages took, and are expected to take",
        responses={200: TimingAnswer},
    )(times)
    return api


@auth.needs(Role.VIEWER)
def newest(query: DeploymentsQuery) -> Response:
    return answer(DeploymentsAnswer(_found(query, query.limit)))


@auth.needs(Role.VIEWER)
def sheet(query: SheetQuery) -> Response:
    found = _found(query, MOST_ROWS)
    write, kind = {
        "csv": (deployment_sheet.as_csv, _CSV),
        "xlsx": (deployment_sheet.as_xlsx, _XLSX),
    }[query.format]
    response = Response(write(found, problems.language()), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="deployments.{query.format}"'
    give_back_memory()
    return response


@auth.needs(Role.VIEWER)
def times(path: OfDeployment) -> Response:
    auth.reach(the_site().ledger.deployment(path.deployment).application)
    stages = tuple(words.STAGE_OF.values())
    return answer(timing.timing(the_site(), path.deployment, stages, words.stage))


def _found(query: DeploymentsAsked, limit: int) -> tuple[Deployment, ...]:
    if query.application is not None:
        auth.reach(query.application)
    return tuple(for_caller(one) for one in the_site().ledger.find_deployments(query.filter(), limit))
