"""`buildsvc support`: one file for whoever helps, to be carried out of the site."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from buildsvc import wiring
from buildsvc.doors.checkup.examining import examine
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings import reading
from buildsvc.usecases.look.support import write_support


@click.command(cls=Taught, example="buildsvc support -o support.tar.gz")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@json_option
@failures_end_it
def support(output: Path, *, as_json: bool) -> None:
    """Gather what helps others to help: doctor, settings, versions, logs, and the newest deployments whole."""
    settings = reading.read()
    site = wiring.open_site(settings)
    try:
        more = {
            "doctor": [dataclasses.asdict(finding) for finding in examine(settings)],
            "settings": [dataclasses.asdict(row) for row in reading.in_force(reading.gather())],
        }
        size = write_support(site, output, more)
    finally:
        wiring.close(site)
    if as_json:
        dump({"file": str(output), "size": size})
    else:
        line(in_words("said.support-made", file=output, size=size))
