"""The commands that only look: apps, status, topology, releases, events, logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import click

from buildpacks.sentences.values import sentence
from buildsvc.doors import words
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.follow import follow_until
from buildsvc.doors.cli.remote.listening import parse
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import ago, dump, dump_line, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.api import ApplicationView, ComponentView, ReleaseView
from buildsvc.model.events import LogLine
from buildsvc.model.instance import Instance
from buildsvc.settings.spoken import read_language

T = TypeVar("T")
FRESH = 20.0
"""Seconds after which an observation is old enough to be warned of."""


@click.command(cls=Taught, example="buildsvc apps")
@json_option
@failures_end_it
def apps(*, as_json: bool) -> None:
    """List the applications of the service, and how their components are."""
    with open_client() as client:
        found = client.applications()
    if as_json:
        dump(found)
        return
    if not found:
        note(in_words("said.no-application"))
        return
    table(
        ("APPLICATION", "COMPONENTS", "RUNNING", "SEEN"),
        [
            (
                view.name,
                str(len(view.components)),
                str(sum(part.state == "running" for part in view.components)),
                _seen(view),
            )
            for view in found
        ],
    )


@click.command(cls=Taught, example="buildsvc status shop")
@click.argument("app")
@json_option
@failures_end_it
def status(app: str, *, as_json: bool) -> None:
    """Show every component of APP: its state, release, file, since when, and ports."""
    with open_client() as client:
        view = client.application(app)
    if as_json:
        dump(view)
        return
    table(
        ("COMPONENT", "STATE", "RELEASE", "RUNS", "SINCE", "PORTS"),
        [
            (
                part.name,
                _state(part),
                "-" if part.release is None else str(part.release),
                part.filename or part.image,
                ago(part.since),
                ", ".join(part.ports) or "-",
            )
            for part in view.components
        ],
    )
    _tell_of_trouble(view)


def _tell_of_trouble(view: ApplicationView) -> None:
    for part in view.components:
        newest = part.deployment
        if newest is not None and newest.error_message and newest.ended is not None:
            note(
                in_words(
                    "said.last-deployment",
                    component=part.name,
                    phase=sentence(f"phase.{newest.phase}"),
                    why=newest.error_message,
                )
            )
        if part.stopped_by is not None:
            end = f"{part.stopped_until.astimezone():%H:%M}" if part.stopped_until else ""
            note(in_words("said.stopped-by", component=part.name, by=part.stopped_by, until=end, application=view.name))
        if part.undo_until is not None:
            until = part.undo_until.astimezone()
            note(in_words("said.undo-until", component=part.name, until=f"{until:%H:%M}", application=view.name))
        if part.state == "waiting":
            note(in_words("said.waits-for-first-jar", component=part.name, application=view.name))
    if view.problem:
        note(in_words("said.not-seen", problem=view.problem, seen=_seen(view)))
    elif view.age is None or view.age > FRESH:
        note(in_words("said.observer-late", seen=_seen(view)))
    else:
        note(in_words("said.seen", seen=_seen(view)))


def _seen(view: ApplicationView) -> str:
    return in_words("said.never") if view.age is None else in_words("said.seconds-ago", seconds=f"{view.age:.0f}")


@click.command(cls=Taught, example="buildsvc topology shop")
@click.argument("app")
@json_option
@failures_end_it
def topology(app: str, *, as_json: bool) -> None:
    """Show APP as a tree: each component with what it runs, and the containers behind it."""
    with open_client() as client:
        view = client.application(app)
    if as_json:
        dump(view)
        return
    line(click.style(view.name, bold=True))
    for part, mark, beside in _branches(view.components):
        line(f"{mark}{_component_line(part)}")
        for instance, below, _ in _branches(part.instances):
            line(f"{beside}{below}{_instance_line(instance)}")


def _branches(parts: tuple[T, ...]) -> Iterator[tuple[T, str, str]]:
    """Give each with the mark of its branch, and what stands below that mark."""
    for number, part in enumerate(parts, 1):
        yield (part, "└── ", "    ") if number == len(parts) else (part, "├── ", "│   ")


def _component_line(part: ComponentView) -> str:
    what: dict[str, Any] = {"component": part.name, "state": _state(part), "ports": part.ports}
    if part.release is not None:
        return in_words("said.runs-release", release=part.release, file=part.filename or "", **what)
    return in_words("said.runs-image", image=part.image or "", **what)


def _instance_line(instance: Instance) -> str:
    return in_words(
        "said.instance",
        role=instance.role,
        slot=instance.slot or "",
        name=instance.name,
        state=instance.state,
        active=instance.active,
    )


def _state(part: ComponentView) -> str:
    return in_words(f"said.state-{part.state}")


@click.command(cls=Taught, example="buildsvc releases shop order")
@click.argument("app")
@click.argument("component")
@json_option
@failures_end_it
def releases(app: str, component: str, *, as_json: bool) -> None:
    """List the releases of COMPONENT of APP, newest first; `*` marks the live one, `-` one that never served."""
    with open_client() as client:
        found = client.releases(app, component)
    if as_json:
        dump(found)
        return
    if not found:
        note(in_words("said.no-release", application=app, component=component))
        return
    table(
        ("RELEASE", "FILE", "VERSION", "JAVA", "BASE", "ARTIFACT", "MADE"),
        [
            (
                f"{_mark(release)}{release.number}",
                release.filename,
                release.version or "-",
                str(release.java),
                release.base,
                release.artifact[:12],
                since(release.created, pruned=release.pruned is not None),
            )
            for release in sorted(found, key=lambda release: -release.number)
        ],
    )


def _mark(release: ReleaseView) -> str:
    if release.live:
        return "*"
    return " " if release.served else "-"


@click.command(cls=Taught, example="buildsvc events 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10 -f")
@click.argument("deployment")
@click.option("-f", "--follow", "following", is_flag=True)
@json_option
@failures_end_it
def events(deployment: str, *, following: bool, as_json: bool) -> None:
    """Show what happened in DEPLOYMENT (its id), with times; with --follow until its end."""
    with open_client() as client:
        if following:
            follow_until(client, client.deployment(deployment), as_json=as_json, soak=True)
            return
        found = client.events(deployment)
    language = read_language()
    for recorded in found:
        if as_json:
            dump_line(recorded)
            continue
        line(f"{recorded.at:%Y-%m-%d %H:%M:%S}  {words.tell(recorded.event, language)}")
        if hint := words.hint(recorded.event, language):
            line(f"{'':21}{hint}")


@click.command(cls=Taught, example="buildsvc logs shop order -f --tail 20")
@click.argument("app")
@click.argument("component")
@click.option("-f", "--follow", "following", is_flag=True)
@click.option("--tail", metavar="N", type=click.IntRange(0, 10_000), default=100, show_default=True)
@json_option
@failures_end_it
def logs(app: str, component: str, *, following: bool, tail: int, as_json: bool) -> None:
    """Show what the live instance of COMPONENT of APP writes to its standard output."""
    with open_client() as client:
        try:
            for message in client.logs(app, component, follow=following, tail=tail):
                event = parse(message)
                if not isinstance(event, LogLine):
                    continue
                if as_json:
                    dump_line(event)
                else:
                    line(event.text)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(0) from None
