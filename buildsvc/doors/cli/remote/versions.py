"""`buildsvc version`: snapshots of a whole application, and what differs between them."""

from __future__ import annotations

import click

from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.follow import detach_option, see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.doors.cli.told_changes import tell_changes
from buildsvc.model.version_views import VersionView


@click.group(cls=Family)
def version() -> None:
    """Versions of a whole application: create, list, show, diff."""


@version.command(
    cls=Taught, example="buildsvc version create shop\nbuildsvc version create shop --name 1.4.0 --note 'pilot'"
)
@click.argument("app")
@click.option("--name", metavar="NAME")
@click.option("--note", default="", metavar="TEXT")
@detach_option
@json_option
@failures_end_it
def create(app: str, *, name: str | None, note: str, detach: bool, as_json: bool) -> None:
    """Keep what APP runs now as a numbered version: every component's release or image, its whole specification."""
    with open_client() as client:
        accepted = client.create_version(app, name, note)
        see_through(client, accepted, detach=detach, as_json=as_json, soak=True)


@version.command("list", cls=Taught, example="buildsvc version list shop")
@click.argument("app", required=False)
@json_option
@failures_end_it
def list_versions(app: str | None, *, as_json: bool) -> None:
    """List the versions of APP, or of all applications, the newest first."""
    with open_client() as client:
        found = client.versions(app)
    if as_json:
        dump(found)
        return
    if not found:
        note(in_words("said.no-version"))
        return
    table(
        ("APPLICATION", "NUMBER", "NAME", "MADE", "BY", "PLATFORMS", "FROM", "NOTE"),
        [
            (
                one.application,
                str(one.number),
                one.name,
                since(one.created, pruned=bool(one.pruned)),
                one.actor,
                ", ".join(one.platforms),
                one.origin or in_words("said.here"),
                one.note,
            )
            for one in found
        ],
    )


@version.command(cls=Taught, example="buildsvc version show shop 1.4.0")
@click.argument("app")
@click.argument("wanted", metavar="VERSION")
@json_option
@failures_end_it
def show(app: str, wanted: str, *, as_json: bool) -> None:
    """Show what VERSION (its name or number) of APP runs, and which values every site gives by itself."""
    with open_client() as client:
        found = client.version(app, wanted)
    if as_json:
        dump(found)
    else:
        _tell(found)


@version.command(cls=Taught, example="buildsvc version diff shop 1.3.0 1.4.0\nbuildsvc version diff shop 1.4.0 live")
@click.argument("app")
@click.argument("before", metavar="VERSION")
@click.argument("after", metavar="VERSION|live", default="live")
@json_option
@failures_end_it
def diff(app: str, before: str, after: str, *, as_json: bool) -> None:
    """Say what changes from one VERSION of APP to another, or to what runs now."""
    with open_client() as client:
        found = client.difference(app, before, after)
    if as_json:
        dump(found)
        return
    tell_changes(found, in_words("said.versions-same", before=before, after=after))


def _tell(found: VersionView) -> None:
    line(
        in_words(
            "said.version-is",
            application=found.application,
            name=found.name,
            number=found.number,
            platforms=found.platforms,
        )
    )
    if found.note:
        line(f"  {found.note}")
    table(("COMPONENT", "RUNS"), [tuple(one) for one in found.components])
    if found.secrets:
        line(in_words("said.site-gives", names=found.secrets))
