"""The content store and the base cache of this machine, opened without a service or an engine."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.platforms import Platform
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings


@dataclass(frozen=True)
class Cache:
    settings: Settings
    layout: Layout
    bases: BaseCache


def open_cache() -> Cache:
    """Open what lies in the data directory; it is made when it is not there yet."""
    settings = read()
    layout = Layout(settings.data, settings.paths.tmp)
    layout.prepare()
    return Cache(settings, layout, BaseCache(settings.paths.bases, layout))


def platform_of(text: str | None, machine: str) -> Platform:
    """Return the platform that was asked for, or that of this machine (`uname -m`)."""
    return Platform.parse(text or machine)
