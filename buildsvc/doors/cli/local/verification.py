"""`buildsvc verify`: everything that is kept, read and compared at once."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc import wiring
from buildsvc.doors.cli.screen import dump, failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.usecases.tend import verifying
from buildsvc.usecases.tend.verifying import Damage


@click.command(
    cls=Taught, example="buildsvc verify\nbuildsvc verify --repair --from /mnt/backup/buildsvc-2026-01-02.tar"
)
@click.option("--repair", is_flag=True, help="Move aside what is damaged; what can be made anew is made when needed.")
@click.option(
    "--from",
    "backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --repair: a backup whose good bytes take the place of damaged ones.",
)
@json_option
@failures_end_it
def verify(*, repair: bool, backup: Path | None, as_json: bool) -> None:
    """Read every artifact, layer, base image, analysis and the ledger, and compare them with what they say.

    The service goes on working. Exit status 1 when something is damaged and not mended.
    """
    if backup is not None and not repair:
        raise click.UsageError("--from needs --repair.")
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
        line("Everything that is kept is whole.")
    if any(not damage.mended for damage in found):
        raise click.exceptions.Exit(1)


def _show(damage: Damage) -> None:
    whose = f" ({damage.whose})" if damage.whose else ""
    line(f"{damage.kind:8} {damage.name}{whose}: {damage.fault}")
    line(f"{'':8} -> {damage.mended or damage.remedy}")
