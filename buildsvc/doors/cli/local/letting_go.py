"""`buildsvc prune`: what the rule does not keep goes; with `--dry-run` it is only told."""

from __future__ import annotations

from dataclasses import asdict

import click

from buildsvc import wiring
from buildsvc.doors import words
from buildsvc.doors.cli.screen import ago, dump, failures_end_it, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.usecases.tend import pruning
from buildsvc.usecases.tend.pruning import Going, PruningResult

PATIENCE = 60.0
"""Seconds that are waited for a deployment that is under way."""


@click.command(cls=Taught, example="buildsvc prune --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would go and how much room that gives; change nothing.")
@json_option
@failures_end_it
def prune(*, dry_run: bool, as_json: bool) -> None:
    """Let go of what the rule does not keep: artifacts, layers, images in the engine, archives of classes, bills.

    What is live, what it replaced, what a version keeps, what soaks and what was promised to another site stays, and
    so does everything of the last day. The service does the same by itself every hour: BUILDSVC_KEEP_RELEASES and
    BUILDSVC_KEEP_VERSIONS say how much is kept.
    """
    settings = read()
    if dry_run:
        site = wiring.open_site(settings)
        try:
            _foretell(pruning.going(site), as_json=as_json)
        finally:
            wiring.close(site)
        return
    workshop = wiring.open_workshop(settings, name="prune")
    try:
        result = pruning.prune(workshop, patience=PATIENCE)
    finally:
        wiring.close(workshop.site)
    if as_json:
        dump(asdict(result))
    else:
        line(_told(result))


def _foretell(going: Going, *, as_json: bool) -> None:
    if as_json:
        dump(
            {
                "releases": [
                    {"application": one.application, "component": one.component, "number": one.number}
                    for one in going.releases
                ],
                "versions": [{"application": one.application, "name": one.name} for one in going.versions],
                "images": list(going.images),
                "blobs": list(going.blobs),
                "size": going.size,
            }
        )
        return
    for release in going.releases:
        named = f"{release.number} of {release.component} in {release.application}"
        line(f"release {named}: {release.filename}, made {ago(release.created)} ago")
    for version in going.versions:
        line(f"version {version.application}@{version.name}: made {ago(version.created)} ago")
    line(
        f"{len(going.releases)} releases, {len(going.versions)} versions, {len(going.blobs)} files would go: "
        f"{words.size(going.size)}, and up to {len(going.images)} images of the engine."
    )
    note("Nothing was changed.")


def _told(result: PruningResult) -> str:
    return (
        f"{result.releases} releases, {result.versions} versions, {result.blobs} files and {result.images} images of "
        f"the engine went; {words.size(result.freed)} became free, besides what the engine freed."
    )
