"""What fills the site's disk: everything below the data directory by what it is, and what is not ours at all."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from buildpacks.errors import Conflict, NotFound
from buildsvc.image import class_archives
from buildsvc.image.bases import blobs
from buildsvc.model.system_views import ApplicationRoomView, FilledView, HoldingsView
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend.keeping import Holdings, image_blobs, reachable, recorded

_FOLDERS = {
    "spool": "uploads",
    "held": "uploads",
    "tmp": "temporary",
    "logs": "logs",
    "dumps": "dumps",
    "audit": "records",
    "damaged": "damaged",
    "inbox": "inbox",
}
"""What lies in which folder of the data directory."""
_RECORDS = ("ledger.db", "usage.db", "audit.head")


def what_fills(site: Site) -> HoldingsView:
    """Measure it; a second for a hundred thousand files, so it is asked for when somebody looks."""
    found = recorded(site)
    bases = frozenset(chain.from_iterable(blobs(one.image) for one in site.bases.list()))
    sizes: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for what, size in chain(_blobs(site, found, bases), _files(site)):
        sizes[what] += size
        counts[what] += 1
    disk = shutil.disk_usage(site.settings.data)
    rows = sorted((FilledView(what, size, counts[what]) for what, size in sizes.items()), key=lambda one: -one.size)
    return HoldingsView(
        tuple(rows), _applications(site, found, bases), max(0, disk.total - disk.free - sum(sizes.values()))
    )


def _blobs(site: Site, found: Holdings, bases: frozenset[str]) -> Iterator[tuple[str, int]]:
    layout = site.layout
    cached = frozenset(chain.from_iterable(blobs(one) for one in site.images.list()))
    archives = frozenset(chain.from_iterable((one.layer, one.names) for one in class_archives.recorded(layout)))
    named = site.ledger.references(without=found.going)
    artifacts = {f"sha256:{one}" for one in named.artifacts}
    contents = {f"sha256:{one}" for one in named.contents}
    try:
        stays = reachable(site, found)
    except Conflict:
        stays = frozenset(layout)
    kinds = {
        "bases": bases, "artifacts": artifacts, "archives": archives, "contents": contents,
        "brought": cached, "images": stays,
    }  # fmt: skip
    for digest in layout:
        what = next((kind for kind, those in kinds.items() if digest in those), "going")
        try:
            yield what, layout.size(digest)
        except NotFound:
            # It went while we looked.
            continue


def _files(site: Site) -> Iterator[tuple[str, int]]:
    """Give what lies beside the content store, which has been counted by what its blobs are."""
    data, content = site.settings.data, site.layout.root / "blobs"
    for path in _within(data):
        if path == content:
            continue
        what = "records" if path.name.startswith(_RECORDS) else _FOLDERS.get(path.name, "other")
        for size in _sizes(path):
            yield what, size


def _applications(site: Site, found: Holdings, bases: frozenset[str]) -> tuple[ApplicationRoomView, ...]:
    reached: dict[str, set[str]] = defaultdict(set)
    count: dict[str, int] = defaultdict(int)
    for one in found.kept_releases:
        reached[one.application].update(image_blobs(site.layout, one.image.manifest), [f"sha256:{one.artifact}"])
        count[one.application] += 1
    rows = [
        ApplicationRoomView(name, count[name], _sum(site, digests - bases)) for name, digests in sorted(reached.items())
    ]
    return tuple(sorted(rows, key=lambda row: -row.size))


def _sum(site: Site, digests: Iterable[str]) -> int:
    return sum(site.layout.size(digest) for digest in digests if site.layout.has(digest))


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _sizes(path: Path) -> Iterator[int]:
    if path.is_symlink() or not path.is_dir():
        yield _size(path)
        return
    for root, _, names in os.walk(path):
        yield from (_size(Path(root, name)) for name in names)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
