"""The content store and the base cache of this machine, opened without a service or an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from buildpacks.errors import NotFound
from buildpacks.platforms import Platform
from buildsvc import wiring
from buildsvc.image.bases import BaseCache
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings
from buildsvc.store.durable_files import shared
from buildsvc.usecases.site import KEEPING


@dataclass(frozen=True)
class Cache:
    settings: Settings
    layout: Layout
    bases: BaseCache
    images: ImageCache

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the service prune nothing through the block, as `Site.in_use` does."""
        with shared(self.settings.data / KEEPING):
            yield


def open_cache() -> Cache:
    """Open what lies in the data directory; it is made when it is not there yet."""
    settings = read()
    layout = Layout(settings.data, settings.paths.tmp)
    layout.prepare()
    bases = BaseCache(settings.paths.bases, layout)
    return Cache(settings, layout, bases, ImageCache(settings.paths.images, layout))


def platform_of(text: str | None, machine: str) -> Platform:
    """Return the platform that was asked for, or that of this machine (`uname -m`)."""
    return Platform.parse(text or machine)


def needed_by_releases(settings: Settings) -> set[str]:
    """Return the manifests and layers that recorded releases stand on; none where there is no site yet."""
    if not settings.paths.ledger.exists():
        return set()
    site = wiring.open_site(settings)
    try:
        needed: set[str] = set()
        for stored in site.ledger.applications():
            for part in stored.application.jar_components:
                for release in site.ledger.releases(stored.application.name, part.name):
                    if release.pruned is not None:
                        continue
                    needed |= {release.build.base_digest, release.image.manifest, release.image.config}
                    needed.update(_layers(site.layout, release.image.manifest))
        return needed
    finally:
        wiring.close(site)


def _layers(layout: Layout, digest: str) -> list[str]:
    """Return the layers that a manifest names; none when it is gone already."""
    try:
        return [layer["digest"] for layer in json.loads(layout.read(digest))["layers"]]
    except NotFound:
        return []
