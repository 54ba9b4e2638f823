"""Bring a whole application to a version: install, upgrade."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from buildpacks.errors import Refused
from buildsvc.doors.cli.given_values import values_given
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.data_asked import data_asked, data_options, tell_data
from buildsvc.doors.cli.remote.follow import detach_option, see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.site_answers import told_value, values_asked
from buildsvc.doors.cli.remote.version_calls import Wish
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, may_ask, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.cli.told_changes import tell_changes
from buildsvc.model.version_views import OutlookView

Answers = dict[str, Literal["site", "version"]]

secrets_option = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME[=VALUE]",
)
set_option = click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
)
values_option = click.option(
    "--values",
    "values_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
take_option = click.option(
    "--take",
    "takes",
    multiple=True,
    metavar="PLACE=site|version",
)
plan_option = click.option("--plan", is_flag=True)


@click.command(
    cls=Taught,
    example="buildsvc install shop@1.4.0 --set DB_HOST=10.1.2.3\n"
    "buildsvc install shop@1.4.0 --as shop-test --secret order/DB_PASSWORD",
)
@click.argument("wanted", metavar="APP@VERSION")
@click.option("--as", "name", metavar="NAME")
@secrets_option
@set_option
@values_option
@plan_option
@detach_option
@json_option
@failures_end_it
def install(
    wanted: str,
    *,
    name: str | None,
    secrets: tuple[str, ...],
    given: tuple[str, ...],
    values_file: Path | None,
    plan: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Install APP@VERSION: its networks, volumes and images, then its jars, in their order."""
    app, _, version = wanted.partition("@")
    if not version:
        raise Refused("bad-version", wanted=wanted)
    with open_client() as client:
        wish = Wish(app, version, "install", name, _secrets(secrets), values=values_given(given, values_file))
        _bring(client, wish, plan=plan, detach=detach, as_json=as_json)


@click.command(
    cls=Taught,
    example="buildsvc upgrade shop --plan\nbuildsvc upgrade shop --to 1.5.0\n"
    "buildsvc upgrade shop --take order.environment.LOG_LEVEL=site",
)
@click.argument("app")
@click.option("--to", "version", metavar="VERSION")
@secrets_option
@set_option
@values_option
@take_option
@data_options
@plan_option
@detach_option
@json_option
@failures_end_it
def upgrade(
    app: str,
    *,
    version: str | None,
    secrets: tuple[str, ...],
    given: tuple[str, ...],
    values_file: Path | None,
    takes: tuple[str, ...],
    without_backup: tuple[str, ...],
    restored: tuple[str, ...],
    plan: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Bring APP to another version, as one: if one component fails, also in its soak, all of it goes back by itself."""
    with open_client() as client:
        to = version or _newest(client, app)
        values = values_given(given, values_file)
        wish = Wish(app, to, "upgrade", None, _secrets(secrets), _answers(takes), values, without_backup, restored)
        _bring(client, wish, plan=plan, detach=detach, as_json=as_json)


def roll_back(client: Client, wish: Wish, *, plan: bool, detach: bool, as_json: bool) -> None:
    """Bring a whole application back to a version, or only say what that would change."""
    _bring(client, wish, plan=plan, detach=detach, as_json=as_json)


def _bring(client: Client, wish: Wish, *, plan: bool, detach: bool, as_json: bool) -> None:
    found = client.outlook(wish)
    if plan and as_json:
        dump(found)
        return
    if not as_json:
        _tell(found)
    if plan:
        return
    secrets = {**wish.secrets, **_asked(found.secrets, as_json=as_json)}
    values = {**wish.values, **values_asked(found.values, as_json=as_json)}
    wish = data_asked(wish, found.data, as_json=as_json)
    accepted = client.bring(replace(wish, secrets=secrets, values=values))
    outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.at-version", application=accepted.application, version=found.version))


def _tell(found: OutlookView) -> None:
    line(in_words("said.to-version", version=found.version, before=found.before))
    tell_changes(found.changes, in_words("said.nothing-changes"))
    for place in found.kept:
        line(in_words("said.stays-changed", place=place))
    for component in found.own:
        line(in_words("said.stays-jar", component=component))
    for value in found.values:
        line(in_words("said.value", value=told_value(value)))
    tell_data(found.data)
    for one in found.disagreements:
        note(in_words("said.both-changed", place=one.place, here=one.site, there=one.version))


def _newest(client: Client, app: str) -> str:
    found = client.versions(app)
    if not found:
        raise Refused("no-such-version.none", application=app)
    return found[0].name


def _secrets(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, has, value = one.partition("=")
        found[name] = value if has else click.prompt(name, hide_input=True, err=True)
    return found


def _asked(names: tuple[str, ...], *, as_json: bool) -> dict[str, str]:
    """Ask for what lacks, where somebody sits at the terminal; otherwise the service refuses, naming it."""
    if not may_ask(as_json=as_json):
        return {}
    return {name: click.prompt(name, hide_input=True, err=True) for name in names}


def _answers(takes: tuple[str, ...]) -> Answers:
    found: Answers = {}
    for one in takes:
        place, _, whose = one.rpartition("=")
        if not place or whose not in {"site", "version"}:
            raise Refused("bad-answer", answer=one)
        found[place] = "site" if whose == "site" else "version"
    return found
