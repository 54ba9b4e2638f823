"""`buildsvc prune`: what the rule does not keep goes; with `--dry-run` it is only told."""

from __future__ import annotations

from dataclasses import asdict

import click

from buildsvc import wiring
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.usecases.tend import pruning
from buildsvc.usecases.tend.pruning import Going, PruningResult

PATIENCE = 60.0
"""Seconds that are waited for a deployment that is under way."""


@click.command(cls=Taught, example="buildsvc prune --dry-run")
@click.option("--dry-run", is_flag=True)
@json_option
@failures_end_it
def prune(*, dry_run: bool, as_json: bool) -> None:
    """Let go of what the rule does not keep: artifacts, layers, images in the engine, archives of classes, bills."""
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
        line(
            in_words(
                "said.going-release",
                number=release.number,
                component=release.component,
                application=release.application,
                file=release.filename,
                made=since(release.created),
            )
        )
    for version in going.versions:
        line(
            in_words(
                "said.going-version", application=version.application, name=version.name, made=since(version.created)
            )
        )
    line(
        in_words(
            "said.would-go",
            releases=len(going.releases),
            versions=len(going.versions),
            files=len(going.blobs),
            size=going.size,
            images=len(going.images),
        )
    )
    note(in_words("said.nothing-changed"))


def _told(result: PruningResult) -> str:
    return in_words(
        "said.went",
        releases=result.releases,
        versions=result.versions,
        files=result.blobs,
        images=result.images,
        size=result.freed,
    )
