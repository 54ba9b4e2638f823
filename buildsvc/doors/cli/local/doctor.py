"""`buildsvc doctor`: looks at everything that buildsvc needs on this server, and says what to mend."""

from __future__ import annotations

import dataclasses

import click

from buildpacks.sentences.wording import in_language
from buildsvc.doors.checkup.examining import examine
from buildsvc.doors.checkup.findings import subject_of
from buildsvc.doors.cli.screen import dump, failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.settings.spoken import read_language

_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


@click.command(cls=Taught, example="buildsvc doctor")
@json_option
@failures_end_it
def doctor(*, as_json: bool) -> None:
    """Check this server: data directory, disk, Redis, engine, networks, base images, inbox, buildpacks of your own."""
    findings = list(examine(read()))
    language = read_language()
    if as_json:
        dump([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = click.style(f"{finding.verdict:5}", fg=_COLOURS[finding.verdict])
            line(
                f"{mark} {in_language(subject_of(finding.subject), language):15} {in_language(finding.text, language)}"
            )
            if finding.remedy:
                line(f"{'':21} -> {in_language(finding.remedy, language)}")
    if any(finding.verdict == "bad" for finding in findings):
        raise click.exceptions.Exit(1)
