"""`buildsvc sbom`: what is in a release, from the service."""

from __future__ import annotations

from pathlib import Path

import click

from buildpacks.errors import NotFound
from buildsvc.doors.cli.bills import licences_option, show_bill
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import failures_end_it, json_option
from buildsvc.doors.cli.taught import Taught


@click.command(cls=Taught, example="buildsvc sbom shop order -o order.cdx.json\nbuildsvc sbom shop order --licences")
@click.argument("app")
@click.argument("component")
@click.option("--release", type=click.IntRange(1), metavar="N")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@licences_option
@json_option
@failures_end_it
def sbom(app: str, component: str, *, release: int | None, output: Path | None, licences: bool, as_json: bool) -> None:
    """Show the bill of materials of COMPONENT of APP."""
    with open_client() as client:
        number = release if release is not None else _live(client, app, component)
        document = client.sbom(app, component, number)
    show_bill(document, output, licences=licences, as_json=as_json)


def _live(client: Client, app: str, component: str) -> int:
    live = next((one.number for one in client.releases(app, component) if one.live), None)
    if live is None:
        raise NotFound("nothing-live", component=component, app=app)
    return live
