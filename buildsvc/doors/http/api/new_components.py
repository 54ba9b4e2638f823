"""Components that the site adds beside the Compose file, and takes out again."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.configured_by_site import SettingsBody
from buildsvc.doors.http.api.shapes import (
    AcceptedAnswer,
    ApplyPlanAnswer,
    Name,
    OfApplication,
    OfComponent,
    PlanQuery,
    RestartBody,
)
from buildsvc.model.access import Role
from buildsvc.model.own_changes import AddedComponent, OwnSettings
from buildsvc.usecases.apply import added_by_site

_LAST_PORT = 65535


class AddingBody(SettingsBody):
    """A jar component. `artifact` is how its jar calls itself, otherwise its name; `port` is where it listens; values
    of `environment` that look like secrets are kept apart. Limits, ports and mounts are as in a Compose file.
    """

    name: Name
    artifact: str = Field(default="", max_length=256)
    port: int | None = Field(default=None, ge=1, le=_LAST_PORT)
    depends_on: tuple[Name, ...] = ()

    def settings(self) -> OwnSettings:
        """Return what is asked for."""
        return OwnSettings(
            environment=self.environment,
            memory=self.memory,
            cpus=self.cpus,
            ports=self.ports,
            health=self.health,
            mounts=self.mounts,
            added=AddedComponent(self.artifact or self.name, self.port, self.depends_on),
        )


def routes() -> APIBlueprint:
    """Make the routes of added components."""
    api = blueprint("adding", "Add components beside the Compose file")
    api.post(
        "/applications/<application>/components",
        summary="Add a jar component, which waits for its jar; an application that is not there begins with it",
        responses={200: ApplyPlanAnswer, 202: AcceptedAnswer},
    )(add)
    return api


@auth.needs(Role.OPERATOR, "component-add")
def add(path: OfApplication, query: PlanQuery, body: AddingBody) -> Response:
    asked = body.settings()
    if path.application not in the_site().ledger.application_names():
        auth.reach_all()
    if query.plan:
        told = added_by_site.plan_added(the_site(), path.application, body.name, asked, problems.language())
        return answer(told)
    auth.aim(path.application, body.name)
    auth.because(body.reason)
    accepted = added_by_site.submit_added(
        the_site(),
        path.application,
        body.name,
        asked,
        actor=auth.caller().name,
        door=auth.door(),
        reason=body.reason,
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.OPERATOR, "component-remove")
def take_out(path: OfComponent, body: RestartBody) -> Response:
    auth.because(body.reason)
    accepted = added_by_site.submit_gone(
        the_site(),
        path.application,
        path.component,
        actor=auth.caller().name,
        door=auth.door(),
        reason=body.reason,
    )
    return answer(for_caller(accepted), 202)
