"""`buildsvc data`: what components' backup commands wrote, written anew or read in again."""

from __future__ import annotations

import click

from buildpacks.sentences.spelling import size
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.follow import detach_option, see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, may_ask, note, since
from buildsvc.doors.cli.taught import Family, Taught


@click.group(cls=Family)
def data() -> None:
    """Keep the data of components, by the commands of x-buildsvc: list, backup, restore."""


@data.command("list", cls=Taught, example="buildsvc data list shop")
@click.argument("app")
@click.argument("component", required=False)
@json_option
@failures_end_it
def list_dumps(app: str, component: str | None, *, as_json: bool) -> None:
    """List what was written out of COMPONENT of APP, or of all its components, the newest first."""
    with open_client() as client:
        found = [one for one in client.dumps(app) if component in {None, one.component}]
    if as_json:
        dump(found)
        return
    if not found:
        note(in_words("said.no-dump"))
        return
    table(
        ("COMPONENT", "NAME", "MADE", "SIZE", "VERSION", "IMAGE"),
        [(one.component, one.name, since(one.created), size(one.size), one.version, one.image) for one in found],
    )


@data.command(cls=Taught, example="buildsvc data backup shop db")
@click.argument("app")
@click.argument("component")
@detach_option
@json_option
@failures_end_it
def backup(app: str, component: str, *, detach: bool, as_json: bool) -> None:
    """Write the data of COMPONENT of APP out now, by the backup: command of x-buildsvc."""
    with open_client() as client:
        outcome = see_through(client, client.back_up(app, component), detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.backed-up", application=app, component=component))


@data.command(
    cls=Taught,
    example="buildsvc data restore shop db 20260102T030405Z-0c1c7a1000.dump\n"
    "buildsvc data restore shop db 20260102T030405Z-0c1c7a1000.dump --confirm db",
)
@click.argument("app")
@click.argument("component")
@click.argument("name", metavar="DUMP")
@click.option("--confirm", metavar="COMPONENT")
@detach_option
@json_option
@failures_end_it
def restore(app: str, component: str, name: str, *, confirm: str | None, detach: bool, as_json: bool) -> None:
    """Read DUMP into COMPONENT of APP, by the restore: command of x-buildsvc, over what it has now."""
    if confirm is None and may_ask(as_json=as_json):
        question = in_words("said.type-restore", application=app, component=component, name=name)
        confirm = click.prompt(question, default="", err=True)
    with open_client() as client:
        accepted = client.restore(app, component, name, confirm or "")
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.restored-dump", application=app, component=component, name=name))
