"""What nobody comes back for: files that were begun and never ended, and notes about what is gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from buildsvc.image.sbom import referrer
from buildsvc.store.open_uploads import OpenUploads
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend.keeping import PINNED, YOUNG

BEGUN = (
    "upload-", "blob-", "file-", "index-", "backup-", "apply-", "content-", "kit-",
    "rehearsal-", "own-", "rpm-", "jar-",
)  # fmt: skip
"""How the names of temporary files and folders begin that a lost process leaves in `tmp/`."""
_LAYERS, _NO_BILL = "layers", "no-bill"


def size(site: Site) -> int:
    """Count the bytes of what was begun and never ended, and of what was moved aside long ago."""
    return sum(_size(path) for path in _stale(site))


def remove(site: Site) -> int:
    """Remove all of it, and the notes about blobs that are gone; returns the bytes that became free."""
    freed = 0
    for path in _stale(site):
        freed += _size(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    _forget(site)
    OpenUploads(site.settings.data, site.settings.paths.tmp, site.clock).sweep()
    return freed


def _stale(site: Site) -> Iterator[Path]:
    now, paths = site.clock.now().timestamp(), site.settings.paths
    begun = [path for path in _within(paths.tmp) if path.name.startswith(BEGUN)]
    yield from (path for path in begun if now - path.lstat().st_mtime > YOUNG.total_seconds())
    # Packages that a base was made of: kept for the next one.
    packages = _within(paths.tmp / "packages")
    yield from (path for path in packages if now - path.lstat().st_mtime > PINNED.total_seconds())
    aside = _within(site.settings.data / "damaged")
    yield from (path for path in aside if now - path.lstat().st_ctime > PINNED.total_seconds())


def _forget(site: Site) -> None:
    layout = site.layout
    there = set(layout)
    for key in layout.recalled(_LAYERS):
        told = layout.recall(_LAYERS, key)
        if not isinstance(told, dict) or told.get("diff_id") not in there:
            layout.forget(_LAYERS, key)
    for key in layout.recalled(_NO_BILL):
        if f"sha256:{key}" not in there:
            layout.forget(_NO_BILL, key)
    for path in _within(layout.root / referrer.FOLDER):
        if path.stem.replace("-", ":", 1) not in there:
            path.unlink(missing_ok=True)
    for sha256 in site.analyses.known():
        if f"sha256:{sha256}" not in there:
            site.analyses.remove(sha256)


def _within(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(os.lstat(Path(root, name)).st_size for root, _, names in os.walk(path) for name in names)
