"""`buildsvc settings`: what is set on this server, and where."""

from __future__ import annotations

import dataclasses

import click

from buildpacks.sentences.wording import in_language
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.screen import dump, failures_end_it, json_option
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings import reading
from buildsvc.settings.spoken import read_language


@click.command(cls=Taught, example="buildsvc settings")
@json_option
@failures_end_it
def settings(*, as_json: bool) -> None:
    """Show every setting of the service on this server, and where it comes from."""
    rows = reading.in_force(reading.gather())
    if as_json:
        dump([dataclasses.asdict(row) for row in rows])
    else:
        language = read_language()
        table(
            ("SETTING", "VALUE", "FROM"),
            [(row.name, in_language(row.value, language), in_language(row.place, language)) for row in rows],
        )
    reading.read()
