"""`buildsvc apply`: send a Compose file with what it names, and watch the application come up."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.compose import gather
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught


@click.command(cls=Taught, example=("buildsvc apply compose.yaml\nbuildsvc apply compose.yaml --env-file site.env"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--env-file",
    "env_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Variables for the file, beside its .env; may be repeated.",
)
@click.option("--detach", is_flag=True, help="Return once the file is accepted.")
@json_option
@failures_end_it
def apply(file: Path, *, env_files: tuple[Path, ...], detach: bool, as_json: bool) -> None:
    """Install or update the application that the Compose file FILE describes.

    Sent along are its .env, its env_files and the relative paths it mounts (64 MB at most). What is right already is
    not touched. A service with `x-buildsvc` is a jar component: it waits for its jar and blocks no other.
    """
    with open_client() as client:
        with gather(file, env_files) as stream, UploadProgress(file.name, quiet=as_json) as progress:
            accepted = client.apply(stream, file.name, progress)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
        if outcome is not None and not as_json:
            _tell_what_waits(client, accepted.application)


def _tell_what_waits(client: Client, application: str) -> None:
    view = client.application(application)
    waiting = [part.name for part in view.components if part.state == "waiting"]
    line(f"{application} is applied: {len(view.components)} components.")
    for name in waiting:
        line(f"{name} waits for its jar: buildsvc push JAR --app {application} --component {name}")
