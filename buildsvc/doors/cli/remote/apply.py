"""`buildsvc apply`: send a Compose file with what it names, and watch the application come up."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.compose import Source, gather, variables_of
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught

_EXAMPLE = """\
buildsvc apply compose.yaml
buildsvc apply compose.yaml --env-file site.env
buildsvc apply -f env.yml -f app.yml"""
_USUAL = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVER = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")


@click.command(cls=Taught, example=_EXAMPLE)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Compose file; may be repeated: later ones are laid over earlier ones.",
)
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
def apply(
    file: Path | None, *, files: tuple[Path, ...], env_files: tuple[Path, ...], detach: bool, as_json: bool
) -> None:
    """Install or update the application that the Compose file FILE describes, or several files together: -f A -f B.

    Sent along are its .env, its env_files and the relative paths it mounts (64 MB at most). What is right already is
    not touched. A service with `x-buildsvc` is a jar component: it waits for its jar and blocks no other.
    """
    first, *more = files_of(file, files)
    with open_client() as client:
        with gather(first, env_files, more) as stream, UploadProgress(first.name, quiet=as_json) as progress:
            accepted = client.apply(stream, first.name, progress)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
        if outcome is not None and not as_json:
            _tell_what_waits(client, accepted.application)


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
        raise click.UsageError("Name a Compose file: buildsvc apply compose.yaml")
    over = next((one for name in _OVER if (one := Path(name)).is_file()), None)
    return (found,) if over is None else (found, over)


def _tell_what_waits(client: Client, application: str) -> None:
    view = client.application(application)
    waiting = [part.name for part in view.components if part.state == "waiting"]
    line(f"{application} is applied: {len(view.components)} components.")
    for name in waiting:
        line(f"{name} waits for its jar: buildsvc push JAR --app {application} --component {name}")
