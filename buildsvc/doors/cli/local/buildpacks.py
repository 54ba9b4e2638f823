"""`buildsvc buildpacks`: which kinds of artifacts are recognised, in the order in which they are asked."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from buildpacks.buildpack import Buildpack, Buildpacks
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.own import custom
from buildpacks.sentences.wording import in_language
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings import unset
from buildsvc.settings.spoken import read_language

folder_option = click.option(
    "--buildpacks",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
)


def buildpacks_of(folder: Path | None) -> Buildpacks:
    """Return the built-in ones with those of the folder that was named, or of the site's."""
    chosen = folder or unset.buildpacks()
    if chosen is None:
        # Loaded where something is set: that takes longer than a small jar to be inspected.
        chosen = importlib.import_module("buildsvc.settings.reading").read().buildpacks
    return custom.gather(chosen.absolute(), BUILT_IN)


@click.command(cls=Taught, example="buildsvc buildpacks\nbuildsvc buildpacks --buildpacks ./my-buildpacks")
@folder_option
@json_option
@failures_end_it
def buildpacks(*, folder: Path | None, as_json: bool) -> None:
    """List the buildpacks in the order in which they are asked: the first that fits takes an artifact."""
    found = buildpacks_of(folder)
    if as_json:
        dump([*(_facts(one, found) for one in found.ordered), *_broken(found)])
    else:
        language = read_language()
        built_in = in_words("said.built-in")
        rows = [
            (one.name, one.file or built_in, _before(one, found), in_language(one.description, language))
            for one in found.ordered
        ]
        table(("NAME", "FROM", "IN FRONT OF", "RECOGNISES"), rows)
        for broken in found.broken:
            told = broken.fault.told(language)
            note(f"{click.style(in_words('said.broken'), fg='red', bold=True)} {told.message} {told.hint}".strip())
    if found.broken:
        raise click.exceptions.Exit(1)


def _before(one: Buildpack, found: Buildpacks) -> str:
    return ", ".join(other.name for other in found.behind(one)) or "-"


def _facts(one: Buildpack, found: Buildpacks) -> dict[str, Any]:
    return {
        "name": one.name,
        "file": one.file,
        "in_front_of": [other.name for other in found.behind(one)],
        "recognises": one.description,
        "fault": None,
    }


def _broken(found: Buildpacks) -> list[dict[str, Any]]:
    return [
        {
            "name": None,
            "file": one.file,
            "in_front_of": [],
            "recognises": None,
            "fault": {"code": one.fault.code, "detail": one.fault.message, "hint": one.fault.hint},
        }
        for one in found.broken
    ]
