"""The content store and the base cache of this machine, opened without a service or an engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from buildpacks.platforms import Platform
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
