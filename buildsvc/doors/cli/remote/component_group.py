"""`buildsvc component`: a jar component added beside the Compose file, and taken out again."""

from __future__ import annotations

from typing import TypedDict, Unpack

import click

from buildsvc.doors.cli.remote.follow import detach_option, see_through
from buildsvc.doors.cli.remote.planned_lines import lines_of
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, require_yes
from buildsvc.doors.cli.taught import Family, Taught

_EXAMPLE = """\
buildsvc component add shop report --port 8090 --depends-on db --memory 512m
buildsvc component add shop report --port 8090 --publish 9090:8090 --health /ready
buildsvc component add shop report --env MODE=fast --env DB_PASSWORD --mount figures:/var/figures --plan"""


class AddOptions(TypedDict):
    """What is said of the component."""

    artifact: str
    port: int | None
    publish: tuple[str, ...]
    health: str | None
    depends_on: tuple[str, ...]
    environment: tuple[str, ...]
    memory: str | None
    cpus: str | None
    mounts: tuple[str, ...]
    reason: str


@click.group(cls=Family)
def component() -> None:
    """Add jar components beside the Compose file, and take them out again."""


@component.command(cls=Taught, example=_EXAMPLE)
@click.argument("app")
@click.argument("name", metavar="COMPONENT")
@click.option("--artifact", metavar="NAME", default="")
@click.option("--port", metavar="PORT", type=click.IntRange(1, 65535))
@click.option("--publish", metavar="[ADDRESS:]PORT:PORT", multiple=True)
@click.option("--health", metavar="PATH")
@click.option("--depends-on", metavar="COMPONENT", multiple=True)
@click.option("--env", "environment", metavar="NAME[=VALUE]", multiple=True)
@click.option("--memory", metavar="SIZE")
@click.option("--cpus", metavar="N")
@click.option("--mount", "mounts", metavar="VOLUME:PATH", multiple=True)
@click.option("--reason", default="")
@click.option("--plan", "only_plan", is_flag=True)
@detach_option
@json_option
@failures_end_it
def add(app: str, name: str, *, only_plan: bool, detach: bool, as_json: bool, **said: Unpack[AddOptions]) -> None:
    """Add COMPONENT, which waits for its jar, to APP, or begin APP with it."""
    asked = {
        "name": name,
        "artifact": said["artifact"],
        "port": said["port"],
        "ports": said["publish"] or None,
        "health": said["health"],
        "depends_on": said["depends_on"],
        "environment": dict(_variable(one) for one in said["environment"]),
        "memory": said["memory"],
        "cpus": said["cpus"],
        "mounts": said["mounts"] or None,
        "reason": said["reason"],
    }
    with open_client() as client:
        plan = client.plan_component(app, asked)
        if only_plan and as_json:
            dump(plan)
            return
        for one in () if as_json else lines_of(plan):
            line(one)
        if only_plan:
            return
        outcome = see_through(client, client.add_component(app, asked), detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.waits-for-jar", application=app, component=name))


@component.command(cls=Taught, example="buildsvc component remove shop report")
@click.argument("app")
@click.argument("name", metavar="COMPONENT")
@click.option("--reason", default="")
@click.option("--yes", is_flag=True)
@detach_option
@json_option
@failures_end_it
def remove(app: str, name: str, *, reason: str, yes: bool, detach: bool, as_json: bool) -> None:
    """Take COMPONENT out of APP, where it was added beside the Compose file."""
    with open_client() as client:
        if not yes:
            require_yes(in_words("said.take-out", application=app, component=name))
        accepted = client.take_component_out(app, name, reason)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.taken-out", application=app, component=name))


def _variable(text: str) -> tuple[str, str]:
    """Read NAME=VALUE; a value that is not given is asked for, unseen."""
    name, has, value = text.partition("=")
    return name, value if has else click.prompt(name, hide_input=True, err=True)
