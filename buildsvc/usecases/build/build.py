"""Turn an artifact that was understood into an image: plan, choose the ground, write the layers."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.java import cds, registry_clients
from buildpacks.plan import BuildPlan
from buildpacks.sentences.wording import said_of
from buildsvc.engines.base import Publish
from buildsvc.image import class_archives
from buildsvc.image.assemble import Assembled, assemble
from buildsvc.image.bases import BaseCache
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from buildsvc.model.archive_events import ArchiveUsed
from buildsvc.model.configuration import configuration_hints
from buildsvc.model.events import Analysed, ImageBuilt
from buildsvc.model.raised import in_warning
from buildsvc.model.registry_settings import registry_settings
from buildsvc.model.release import BuildFacts, ImageRef
from buildsvc.usecases.build.ground import Ground, chosen
from buildsvc.usecases.build.order import Order, Understanding
from buildsvc.usecases.build.planning import planned


@dataclass(frozen=True)
class Built:
    """An image in the content store, and the record of how it came about."""

    image: Image
    base: Image
    facts: BuildFacts
    analysis: Analysis
    archive: ClassArchive | None = None

    @property
    def reference(self) -> ImageRef:
        return ImageRef(
            self.image.reference, self.image.config.digest, self.image.manifest.digest, str(self.image.platform)
        )


@dataclass(frozen=True)
class _Start:
    """A plan with the CDS archive that its program starts from, or with what will be the next one's; and its key."""

    plan: BuildPlan
    key: str = ""
    archive: ClassArchive | None = None


def build(layout: Layout, bases: BaseCache, found: Understanding, order: Order, publish: Publish) -> Built:
    """Build offline what was understood. Raises Refused when it cannot run or no cached base image fits."""
    plan = _planned(found, order, publish)
    ground = chosen(bases, found.analysis, plan, order, publish)
    start = _start(layout, found.analysis, plan, ground, order, publish=publish)
    image = _image(layout, found, start, ground, order, publish=publish)
    return Built(image, ground.base.image, _facts(found.analysis, start, ground, order), found.analysis, start.archive)


def _planned(found: Understanding, order: Order, publish: Publish) -> BuildPlan:
    began = time.monotonic()
    plan = planned(found.analysis, order)
    seconds = found.seconds + time.monotonic() - began
    libraries = len(found.analysis.libraries)
    reason = plan.java_reason
    publish(
        Analysed(
            plan.buildpack,
            plan.title,
            plan.version,
            plan.java,
            str(reason),
            libraries,
            seconds,
            reason_said=said_of(reason),
        )
    )
    for warning in plan.warnings:
        publish(in_warning("artifact", warning))
    return plan


def _start(
    layout: Layout, analysis: Analysis, plan: BuildPlan, ground: Ground, order: Order, *, publish: Publish
) -> _Start:
    found = cds.arrange(plan, analysis) if order.cds else None
    if found is None or (ground.base.java or 0) < cds.OLDEST_JAVA:
        return _Start(plan)
    key = cds.key(found, analysis, ground.base.image.config.digest)
    archive = class_archives.find(layout, key)
    if archive is None:
        return _Start(cds.recorded(plan, found), key)
    found = found.without(archive.left_out)
    if archive.unusable or not cds.unpacked(layout.read(archive.names)).isdisjoint(cds.names(analysis, found.moving)):
        # A name that is new in the program and also in a library: the program's must win, so it stays in front.
        return _Start(plan, key)
    publish(ArchiveUsed(archive.classes))
    return _Start(cds.archived(plan, found, archive.ready), key, archive)


def _image(
    layout: Layout, found: Understanding, start: _Start, ground: Ground, order: Order, *, publish: Publish
) -> Image:
    began = time.monotonic()
    assembled = assemble(
        found.analysis,
        start.plan,
        ground.base,
        layout,
        reference=order.reference,
        stamp=_stamp(found.analysis, order),
        server=ground.server,
    )
    publish(_told(assembled, found.ahead, time.monotonic() - began))
    return assembled.image


def _told(assembled: Assembled, ahead: Collection[str], seconds: float) -> ImageBuilt:
    image = assembled.image
    written = [one for one in assembled.layers if not one.reused or one.layer.diff_id in ahead]
    size = sum(one.layer.descriptor.size for one in written)
    return ImageBuilt(image.reference, image.manifest.digest, len(image.layers), len(written), size, seconds)


def _stamp(analysis: Analysis, order: Order) -> int:
    return analysis.newest_mtime if order.stamp is None else order.stamp


def _facts(analysis: Analysis, start: _Start, ground: Ground, order: Order) -> BuildFacts:
    plan = start.plan
    return BuildFacts(
        buildpack=plan.buildpack,
        buildpack_digest=plan.buildpack_digest,
        java=plan.java,
        java_reason=plan.java_reason,
        base=ground.base.name,
        base_digest=ground.base.image.manifest.digest,
        base_reason=ground.reason,
        title=plan.title,
        version=plan.version,
        stamp=_stamp(analysis, order),
        launch=plan.launch,
        environment=plan.environment,
        user=ground.base.user,
        java_version=ground.base.java_version,
        keeps_sessions_in_memory=plan.keeps_sessions_in_memory,
        hints=tuple(sorted({**configuration_hints(analysis), **dict(plan.hints)}.items())),
        registry_clients=registry_clients.clients(analysis),
        registry_settings=registry_settings(analysis),
        split=tuple(sorted(order.split)),
        cds=start.key,
    )
