"""`buildsvc backup` and `buildsvc restore`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from buildsvc import wiring
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings
from buildsvc.store.backup import write_backup
from buildsvc.store.encryption import SUFFIX, decrypt
from buildsvc.store.restore import VOLUMES, read_back
from buildsvc.usecases.tend import carried_volumes


@click.command(cls=Taught, example="buildsvc backup /mnt/backup/buildsvc-2026-01-02.tar")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--bases", is_flag=True)
@click.option("--volumes", is_flag=True)
@json_option
@failures_end_it
def backup(file: Path, *, bases: bool, volumes: bool, as_json: bool) -> None:
    """Write everything that must survive into FILE, while the service goes on working."""
    settings = read()
    workshop = wiring.open_workshop(settings, name="backup") if volumes else None
    site = workshop.site if workshop else wiring.open_site(settings)
    try:
        with site.in_use(), tempfile.TemporaryDirectory(dir=settings.paths.tmp, prefix="backup-") as work:
            tars = carried_volumes.save(workshop, Path(work)) if workshop else ()
            made = write_backup(
                settings.data, site.ledger, file, bases=bases, buildpacks=settings.buildpacks, volumes=tars
            )
    finally:
        wiring.close(site)
    if as_json:
        dump({"file": str(made.path), "size": made.size, "files": made.files, "missing": list(made.missing)})
        return
    line(in_words("said.backup-made", file=made.path, size=made.size, count=made.files))
    if made.missing:
        note(in_words("said.artifacts-missing", count=len(made.missing)))


@click.command(cls=Taught, example="BUILDSVC_DATA=/srv/buildsvc buildsvc restore buildsvc-2026-01-02.tar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@json_option
@failures_end_it
def restore(file: Path, *, identity: Path | None, as_json: bool) -> None:
    """Bring the backup FILE back into the data directory (BUILDSVC_DATA), which must be empty or absent."""
    settings = read()
    if identity is None:
        if file.name.endswith(SUFFIX):
            raise click.UsageError(in_words("said.encrypted", file=file))
        read_back(file, settings.data)
    else:
        settings.data.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.data.parent, prefix=".buildsvc-restore-") as work:
            plain = Path(work) / "backup.tar"
            decrypt(file, plain, identity)
            read_back(plain, settings.data)
    filled = _fill_volumes(settings)
    if as_json:
        dump({"data": str(settings.data), "volumes": list(filled)})
        return
    line(in_words("said.restored", folder=settings.data))


def _fill_volumes(settings: Settings) -> tuple[str, ...]:
    """Bring back the volumes that the backup has; nothing is asked of the engine where it has none."""
    folder = settings.data / VOLUMES
    if not folder.is_dir():
        return ()
    workshop = wiring.open_workshop(settings, name="restore")
    try:
        filled = carried_volumes.fill(workshop, folder)
    finally:
        wiring.close(workshop.site)
    folder.rmdir()
    return filled
