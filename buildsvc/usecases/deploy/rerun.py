"""Another start of a release that has run before: from the archive over everything that was made of it meanwhile."""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import NotFound
from buildpacks.java import whole_archive
from buildsvc.engines.base import Publish, RollOut
from buildsvc.image import class_archives
from buildsvc.image.recall import recall
from buildsvc.model.archive_events import ArchiveUsed
from buildsvc.model.release import Release
from buildsvc.usecases.aside.whole_archiving import key_of
from buildsvc.usecases.deploy.loading import load_if_absent
from buildsvc.usecases.site import Workshop


def prepared(workshop: Workshop, release: Release, spec: RollOut, publish: Publish) -> RollOut:
    """Return the same start from that archive, where there is one and its options take it."""
    found = class_archives.find(workshop.site.layout, key_of(release)) if release.build.cds else None
    if found is None or found.unusable or not whole_archive.fits(spec.command, spec.environment):
        return spec
    try:
        image = recall(workshop.site.layout, found.image, found.reference)
    except NotFound:
        return spec
    load_if_absent(workshop, image, publish)
    publish(ArchiveUsed(found.classes, everything=True))
    return replace(spec, prepared=(found.reference, whole_archive.started_from(spec.command)))
