"""Base images out of another cache, as a kit carries it: records and blobs in a folder. They are the same here, to the
last digest, so a release or a bundle that names one finds it.
"""

from __future__ import annotations

from pathlib import Path

from buildsvc.image.bases import BaseCache, blobs
from buildsvc.image.layout import Layout, copy
from buildsvc.image.types import BaseImage


def is_cache(folder: Path) -> bool:
    """Whether a folder holds a cache: a folder `bases` with a record, and blobs beside it."""
    return (folder / "blobs" / "sha256").is_dir() and any((folder / "bases").glob("*.json"))


def take(folder: Path, layout: Layout, cache: BaseCache) -> tuple[BaseImage, ...]:
    """Bring all of them into this cache; what is here already is not copied. Raises NotFound `no-blob`, Refused
    `wrong-blob` where bytes are not what their name says: those before it are here then.
    """
    other = Layout(folder, folder / "tmp")
    return tuple(bring(base, other, layout, cache) for base in BaseCache(folder / "bases", other).list())


def lend(base: BaseImage, other: Layout, data: Path) -> BaseImage:
    """Bring one whose blobs lie in `other` into the cache of a data directory, which may be new. Raises as `take`
    does.
    """
    layout = Layout(data, data / "tmp")
    layout.prepare()
    return bring(base, other, layout, BaseCache(data / "bases", layout))


def bring(base: BaseImage, other: Layout, layout: Layout, cache: BaseCache) -> BaseImage:
    """Bring one whose blobs lie in `other` into this cache. Raises as `take` does."""
    for digest in blobs(base.image):
        if not layout.sound(digest):
            with other.open(digest) as source, layout.writer(digest) as blob:
                copy(source, blob.write, other.size(digest))
    return cache.put(base)
