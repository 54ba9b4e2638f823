"""The command that runs a whole site: up. Light to import, because its own process only waits."""

from __future__ import annotations

from typing import Any

import click

from buildsvc.doors.cli.screen import failures_end_it, in_words, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.processes.up import run_site
from buildsvc.settings.reading import read


@click.command(cls=Taught, example="BUILDSVC_DATA=/srv/buildsvc buildsvc up")
@failures_end_it
def up() -> None:
    """Run everything, with a Redis of its own unless BUILDSVC_REDIS_URL is set."""
    raise click.exceptions.Exit(run_site(read(), _say))


def _say(key: str, /, **values: Any) -> None:
    line(in_words(key, **values))
