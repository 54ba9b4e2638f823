"""`buildsvc verify`: everything that is kept, read and compared at once."""

from __future__ import annotations

from pathlib import Path

import click

from buildpacks.sentences.wording import in_language
from buildsvc import wiring
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.settings.spoken import read_language
from buildsvc.usecases.tend import verifying
from buildsvc.usecases.tend.verifying import Damage


@click.command(
    cls=Taught, example="buildsvc verify\nbuildsvc verify --repair --from /mnt/backup/buildsvc-2026-01-02.tar"
)
@click.option("--repair", is_flag=True)
@click.option(
    "--from",
    "backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@json_option
@failures_end_it
def verify(*, repair: bool, backup: Path | None, as_json: bool) -> None:
    """Read every artifact, layer, base image, analysis and the ledger, and compare them with what they say."""
    if backup is not None and not repair:
        raise click.UsageError(in_words("said.from-needs-repair"))
    site = wiring.open_site(read())
    found: list[Damage] = []
    try:
        for damage in verifying.verify(site, repair=repair, backup=backup):
            found.append(damage)
            if not as_json:
                _show(damage)
    finally:
        wiring.close(site)
    if as_json:
        dump(found)
    elif not found:
        line(in_words("said.all-whole"))
    if any(not damage.mended for damage in found):
        raise click.exceptions.Exit(1)


def _show(damage: Damage) -> None:
    fields = {"kind": f"{damage.kind:8}", "name": damage.name, "whose": damage.whose, "fault": damage.fault}
    line(in_words("said.damage", **fields))
    line(f"{'':8} -> {in_language(damage.mended or damage.remedy, read_language())}")
