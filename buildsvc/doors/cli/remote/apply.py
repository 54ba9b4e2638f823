"""`buildsvc apply`: send a Compose file with what it names, and watch the application come up."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from buildpacks.errors import DeploymentFailed
from buildsvc.compose import Source, gather, variables_of
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import detach_option, follow_until, see_through
from buildsvc.doors.cli.remote.planned_lines import lines_of, touches_what_runs
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, require_yes
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.api import ApplyPlan
from buildsvc.model.deployment import Cause, Deployment

_EXAMPLE = """\
buildsvc apply compose.yaml
buildsvc apply compose.yaml --env-file site.env
buildsvc apply -f env.yml -f app.yml"""
_USUAL = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVER = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")


MOST_FOLLOWED = 200


class ApplyOptions(TypedDict):
    """The options."""

    files: tuple[Path, ...]
    env_files: tuple[Path, ...]
    only_plan: bool
    remove_orphans: bool
    detach: bool
    as_json: bool


@click.command(cls=Taught, example=_EXAMPLE)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--env-file",
    "env_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--plan", "only_plan", is_flag=True)
@click.option("--remove-orphans", is_flag=True)
@detach_option
@json_option
@failures_end_it
def apply(file: Path | None, **asked: Unpack[ApplyOptions]) -> None:
    """Install or update the application that the Compose file FILE describes, or several files together: -f A -f B."""
    as_json = asked["as_json"]
    first, *more = files_of(file, asked["files"])
    with open_client() as client:
        with gather(first, asked["env_files"], more) as stream:
            with UploadProgress(first.name, quiet=as_json) as progress:
                plan = client.plan(stream, first.name, progress)
            if asked["only_plan"]:
                return _tell(plan, as_json=as_json)
            agreed = asked["remove_orphans"] or _agreed(plan, as_json=as_json)
            with UploadProgress(first.name, quiet=as_json) as progress:
                accepted = client.apply(stream, first.name, progress, remove_orphans=agreed)
        outcome = see_through(client, accepted, detach=asked["detach"], as_json=as_json, soak=True)
        if outcome is not None and accepted.deployment is not None:
            follow_changed(client, accepted.deployment, as_json=as_json)
            if not as_json:
                _tell_what_waits(client, accepted.application)
    return None


def _tell(plan: ApplyPlan, *, as_json: bool) -> None:
    if as_json:
        dump(plan)
        return
    for one in lines_of(plan):
        line(one)


def _agreed(plan: ApplyPlan, *, as_json: bool) -> bool:
    """Tell what is done to what runs; whether a person at the terminal agreed to what is taken away."""
    if not touches_what_runs(plan) or as_json:
        return False
    for one in lines_of(replace(plan, warnings=())):
        note(one)
    if not plan.removed or not sys.stdin.isatty():
        return False
    require_yes(in_words("said.remove-orphans", components=plan.removed, application=plan.application))
    return True


def follow_changed(client: Client, applied: Deployment, *, as_json: bool) -> None:
    """Follow the roll-outs of jar components that an apply began. Raises DeploymentFailed for the first that failed,
    when all have ended.
    """
    begun = [
        one
        for one in client.deployments(applied.application, None, MOST_FOLLOWED)
        if one.cause is Cause.SPEC and one.id > applied.id
    ]
    failures: list[DeploymentFailed] = []
    for one in sorted(begun, key=lambda deployment: deployment.component):
        if not as_json:
            note(in_words("said.rolled-out", component=one.component))
        try:
            follow_until(client, one, as_json=as_json, soak=False)
        except DeploymentFailed as failure:
            failures.append(failure)
            if not as_json:
                note(in_words("said.failed", component=one.component, why=failure))
    if failures:
        raise failures[0]


def files_of(file: Path | None, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """FILE and those of -f; without any, the one of this folder that Compose would take. Raises UsageError."""
    given = (*([file] if file is not None else []), *files)
    if given:
        return given
    told = variables_of(Source(Path(), "")).get("COMPOSE_FILE")
    if told:
        return tuple(Path(name) for name in told.split(":"))
    found = next((Path(name) for name in _USUAL if Path(name).is_file()), None)
    if found is None:
        raise click.UsageError(in_words("said.name-a-compose-file"))
    over = next((one for name in _OVER if (one := Path(name)).is_file()), None)
    return (found,) if over is None else (found, over)


def _tell_what_waits(client: Client, application: str) -> None:
    view = client.application(application)
    waiting = [part.name for part in view.components if part.state == "waiting"]
    line(in_words("said.applied", application=application, count=len(view.components)))
    for name in waiting:
        line(in_words("said.waits-for-jar", application=application, component=name))
