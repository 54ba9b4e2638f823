"""Why a version starts without an archive of its libraries' classes, where the one before served long enough for it."""

from __future__ import annotations

import shutil

from buildpacks.java import cds
from buildsvc.engines.base import Publish
from buildsvc.image import class_archives
from buildsvc.model.raised import warned
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.aside.archive_under_way import DISK, FREE_MEMORY, is_being_made
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.site import Workshop

EXPECTED = 60.0
"""Seconds after which whoever pushes again may expect one."""


def tell(workshop: Workshop, former: LiveRelease | None, built: Built, publish: Publish) -> None:
    """Warn where the former release has the same libraries on the same base, and there is no archive all the same."""
    key = built.facts.cds
    if not key or built.archive is not None or former is None or former.release.build.cds != key:
        return
    if (workshop.site.clock.now() - former.since).total_seconds() < EXPECTED:
        return
    component = former.release.component
    found = class_archives.find(workshop.site.layout, key)
    if found is not None:
        why = "unusable" if found.unusable else "names"
        publish(warned(f"no-archive.{why}", component=component, reason=found.unusable))
    elif is_being_made(workshop.site, key):
        publish(warned("no-archive.being-made", component=component))
    elif 0 < (free := workshop.memory()) <= FREE_MEMORY:
        publish(warned("no-archive.memory", component=component, free=free, needed=FREE_MEMORY))
    elif (free := shutil.disk_usage(workshop.site.settings.paths.tmp).free) <= DISK:
        publish(warned("no-archive.disk", component=component, free=free, needed=DISK))
    elif cds.is_recorded(former.release.build.launch.options):
        publish(warned("no-archive.not-begun", component=component))
