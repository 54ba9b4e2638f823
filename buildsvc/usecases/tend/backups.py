"""Backups by themselves: every so often, the newest few kept, encrypted where a key is given; a failed one is told."""

from __future__ import annotations

import logging
import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from buildpacks.errors import Failure, NotFound
from buildpacks.sentences.wording import Wording
from buildsvc.store import encryption
from buildsvc.store.backup import write_backup
from buildsvc.usecases.site import Site

FACT = "backup"
"""What the ledger remembers of the last try: `tried`, `made` (the last good one), `file`, `why` it failed."""
RETRY = timedelta(minutes=15)
"""Until a failed one is tried again."""
_OURS = re.compile(r"buildsvc-\d{8}-\d{6}\.tar(?:\.age)?")

log = logging.getLogger(__name__)


def tend(site: Site) -> None:
    """Make one if it is time. Nothing where no folder is set."""
    folder = site.settings.backup_folder
    if folder is None or not _is_due(site):
        return
    now = site.clock.now()
    former = site.ledger.recall(FACT) or {}
    try:
        with site.in_use():
            made = _make(site, folder, now)
    except (Failure, OSError) as error:
        site.ledger.remember(FACT, {**former, "tried": now.isoformat(), "why": str(error)})
        text = Wording("notice.backup", folder=folder, why=error)
        site.tell("backup", str(folder), text, {"last": former.get("made")})
        return
    site.ledger.remember(FACT, {"tried": now.isoformat(), "made": now.isoformat(), "file": made.name, "why": ""})
    log.info("backup %s is made", made)
    for old in sorted(path for path in folder.iterdir() if _OURS.fullmatch(path.name))[: -site.settings.backup_keep]:
        old.unlink()


def _is_due(site: Site) -> bool:
    told = site.ledger.recall(FACT) or {}
    if "tried" not in told:
        return True
    every = timedelta(seconds=site.settings.backup_every)
    return site.clock.now() - datetime.fromisoformat(told["tried"]) >= (min(RETRY, every) if told["why"] else every)


def _make(site: Site, folder: Path, now: datetime) -> Path:
    settings = site.settings
    if not folder.is_dir():
        # Never made here: it may be where a disk is mounted, and is not.
        raise NotFound("no-backup-folder", folder=folder)
    target = folder / f"buildsvc-{now:%Y%m%d-%H%M%S}.tar"
    if settings.backup_key is None:
        write_backup(settings.data, site.ledger, target, bases=settings.backup_bases, buildpacks=settings.buildpacks)
        return target
    encryption.check_key(settings.backup_key)
    # Nothing that can be read lies in the folder at any time.
    with tempfile.TemporaryDirectory(dir=settings.paths.tmp, prefix="backup-") as work:
        plain = Path(work) / target.name
        write_backup(settings.data, site.ledger, plain, bases=settings.backup_bases, buildpacks=settings.buildpacks)
        target = target.with_name(target.name + encryption.SUFFIX)
        encryption.encrypt(plain, target, settings.backup_key)
    return target
