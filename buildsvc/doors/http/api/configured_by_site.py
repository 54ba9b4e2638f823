"""A component's configuration: looked at, changed over its Compose file, and that change as a file of its own."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, RootModel

from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import AcceptedAnswer, ApplyPlanAnswer, Name, OfApplication, OfComponent, PlanQuery
from buildsvc.doors.http.problems import Asked
from buildsvc.model.access import Role
from buildsvc.model.configuration_views import ConfigurationView
from buildsvc.model.own_changes import OwnSettings
from buildsvc.usecases.apply import configured, laid_by_site

YAML = "application/yaml"
_COMPONENT = "/applications/<application>/components/<component>/configuration"
_Text = Annotated[str, Field(max_length=64 << 10)]
_Short = Annotated[str, Field(max_length=256)]
_Path = Annotated[str, Field(max_length=4096)]


class SettingsBody(Asked):
    """What both forms ask for: of a component that is there, and of a new one."""

    environment: dict[Name, _Text] = Field(default_factory=dict)
    memory: _Short | None = None
    cpus: _Short | None = None
    ports: tuple[_Short, ...] | None = None
    health: _Short | None = None
    mounts: tuple[_Path, ...] | None = None
    reason: str = Field(default="", max_length=500)


class ConfigurationBody(SettingsBody):
    """All that the site has of its own over the file, from then on; what is left out is as the file says. `taken` are
    variables that it takes away, `secret` those whose value stays as it is kept. `reason` goes to the history.
    """

    taken: tuple[Name, ...] = ()
    secret: tuple[Name, ...] = ()

    def settings(self) -> OwnSettings:
        """Return what is asked for."""
        return OwnSettings(
            environment=self.environment,
            taken=self.taken,
            secret=tuple(one for one in self.secret if one not in self.environment),
            memory=self.memory,
            cpus=self.cpus,
            ports=self.ports,
            health=self.health,
            mounts=self.mounts,
        )


class ConfigurationAnswer(RootModel[ConfigurationView]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of configurations."""
    api = blueprint("configuration", "Look at the configuration of components, and change it over the Compose file")
    api.get(_COMPONENT, summary="What it is configured to be", responses={200: ConfigurationAnswer})(look)
    api.put(
        _COMPONENT,
        summary="Change it over the Compose file; a jar component's change is brought live by a swap",
        responses={200: ApplyPlanAnswer, 202: AcceptedAnswer},
    )(change)
    api.get(
        "/applications/<application>/own-changes",
        summary="What the site changed by itself, as a Compose file to be laid over the application's",
        responses={200: {"description": "A Compose file", "content": {YAML: {"schema": {"type": "object"}}}}},
    )(overlay)
    return api


@auth.needs(Role.VIEWER)
def look(path: OfComponent) -> Response:
    return answer(ConfigurationAnswer(configured.configuration(the_site(), path.application, path.component)))


@auth.needs(Role.OPERATOR, "configure")
def change(path: OfComponent, query: PlanQuery, body: ConfigurationBody) -> Response:
    asked = body.settings()
    if query.plan:
        told = laid_by_site.plan_change(the_site(), path.application, path.component, asked, problems.language())
        return answer(told)
    auth.because(body.reason)
    accepted = laid_by_site.submit_change(
        the_site(),
        path.application,
        path.component,
        asked,
        actor=auth.caller().name,
        door=auth.door(),
        reason=body.reason,
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.VIEWER)
def overlay(path: OfApplication) -> Response:
    response = Response(laid_by_site.overlay(the_site(), path.application), mimetype=YAML)
    response.headers["Content-Disposition"] = f'attachment; filename="{path.application}.own.yaml"'
    return response
