"""`buildsvc adopt`: take over what already runs under Compose, without touching it."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from buildpacks.errors import Refused
from buildsvc.compose import gather, names_in
from buildsvc.doors.cli.remote.adoption_calls import Adopting
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import failures_end_it, in_words, json_option, line, may_ask, note, require_yes
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.adoption_events import ProjectRead
from buildsvc.model.name_list import split_names

_EXAMPLE = """\
buildsvc adopt shop -f compose.yaml --plan
buildsvc adopt shop -f compose.yaml
buildsvc adopt shop -f compose.yaml --jars order,stock --as store"""
_SHOWN = 40
"""Names of files that are listed."""
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=Taught, example=_EXAMPLE)
@click.argument("project")
@click.option("--as", "name", metavar="NAME")
@click.option("--plan", "only_plan", is_flag=True)
@click.option("-f", "--file", "files", multiple=True, type=_FILE)
@click.option("--env-file", "env_files", multiple=True, type=_FILE)
@click.option("--jars", metavar="A,B", default="")
@json_option
@failures_end_it
def adopt(
    project: str,
    *,
    name: str | None,
    only_plan: bool,
    files: tuple[Path, ...],
    env_files: tuple[Path, ...],
    jars: str,
    as_json: bool,
) -> None:
    """Take over the Compose PROJECT that already runs."""
    what = Adopting(project, name, split_names(jars))
    with open_client() as client:
        first, *more = files or _named_by_labels(client, what, as_json=as_json)
        with gather(first, env_files, more, own_folder=not files) as stream:
            if not files:
                _require_agreed(what, stream, first.resolve().parent)
            with UploadProgress(first.name, quiet=as_json) as progress:
                accepted = client.adopt(what, stream, first.name, progress, plan=only_plan)
        outcome = see_through(client, accepted, detach=False, as_json=as_json, soak=True)
    if outcome is not None and not only_plan and not as_json:
        line(in_words("said.adopted", application=accepted.application))


def _named_by_labels(client: Client, what: Adopting, *, as_json: bool) -> tuple[Path, ...]:
    """Return the files that the project's labels name, as this user reads them here: nobody here has named them, so he
    is asked before anything of them is sent. Raises Refused `name-its-file`.
    """
    if not may_ask(as_json=as_json):
        raise Refused("name-its-file.unasked", project=what.project)
    accepted = client.read_project(what)
    see_through(client, accepted, detach=False, as_json=as_json, soak=True)
    events = client.events(accepted.deployment.id) if accepted.deployment is not None else []
    read = next((one.event for one in events if isinstance(one.event, ProjectRead)), None)
    named = [Path(read.folder, one) for one in read.files] if read is not None else []
    if read is None or not named or not all(path.is_file() for path in named):
        raise Refused("name-its-file", project=what.project, files=list(read.files) if read is not None else [])
    folder = named[0].resolve().parent
    outside = [str(path) for path in named if not path.resolve().is_relative_to(folder)]
    if outside:
        raise Refused("name-its-file.outside", project=what.project, files=outside, folder=str(folder))
    return tuple(named)


def _require_agreed(what: Adopting, stream: IO[bytes], folder: Path) -> None:
    """Say which files would leave this computer, and ask. Raises click.Abort."""
    names = names_in(stream)
    for name in names[:_SHOWN]:
        note(f"  {name}")
    told = {"files": len(names), "folder": str(folder), "project": what.project}
    require_yes(in_words("said.takes-files", **told))
