"""Archives over everything that a release loads, for another start of it: a restart, a rollback, an undo past the
keeping, a repair, and whatever the engine starts again.

They are made as those of the libraries are (`class_archiving`), behind them, once a release has served for a while; the
list of classes is theirs, with the program's own. `buildpacks.java.whole_archive` says what one is valid for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from buildpacks.errors import Failure, Unreachable
from buildpacks.java import cds, whole_archive
from buildpacks.java.jvm import split_java_opts
from buildpacks.plan import Ready
from buildsvc.image import class_archives, manifest
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.digest import Descriptor
from buildsvc.image.layer import LAYER_TYPE
from buildsvc.image.recall import recall
from buildsvc.image.types import Image, Layer
from buildsvc.model.release import Release
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.aside.archive_under_way import (
    INPUT,
    OUTPUT,
    Making,
    arranged,
    begin,
    folder_of,
    making_of,
)
from buildsvc.usecases.aside.serving import serving
from buildsvc.usecases.site import Site, Workshop

log = logging.getLogger(__name__)

SERVED = 60.0
"""Seconds that a release has to have served: what is replaced sooner is not worth the work."""


def wishes(site: Site) -> Iterator[LiveRelease]:
    """Give what serves, could be started from one, and has none."""
    for live in serving(site):
        release = live.release
        libraries = class_archives.find(site.layout, release.build.cds) if release.build.cds else None
        if libraries is None or libraries.unusable or not site.layout.sound(libraries.listed or "none"):
            continue
        served = (site.clock.now() - live.since).total_seconds()
        if served >= SERVED and _fits(site, release) and class_archives.find(site.layout, key_of(release)) is None:
            yield live


def key_of(release: Release) -> str:
    return whole_archive.key(release.image.manifest)


def begin_whole(workshop: Workshop, live: LiveRelease) -> None:
    """Begin to make it, or remember why it cannot be made."""
    site, release = workshop.site, live.release
    libraries = class_archives.find(site.layout, release.build.cds)
    assert libraries is not None, "it was found a moment ago"
    if (understood := arranged(site, release, key_of(release))) is None:
        return
    _, found = understood
    listed = whole_archive.class_list(site.layout.read(libraries.listed), found)
    making = making_of(site, live, key_of(release), listed, everything=True)
    command = whole_archive.dump(release.build.launch, _java(release), INPUT, OUTPUT)
    begin(workshop, making, release.image.reference, command)


def take_in_whole(workshop: Workshop, making: Making, file: Path) -> None:
    """Keep it as one more layer of the release's image, which the engine gets before it is needed."""
    site = workshop.site
    ready = class_archives.add_layer(site.layout, file)
    release = site.ledger.release(making.application, making.component, making.release)
    of = recall(site.layout, release.image.manifest, release.image.reference)
    image = _above(site, of, ready, f"{release.image.reference.rpartition(':')[0]}:cds-{making.key[:16]}")
    workshop.engine.load(image, (of,))
    made = ClassArchive(
        making.key, ready.digest, ready.size, "", making.classes, image.manifest.digest, image.reference
    )
    class_archives.keep(site.layout, made)
    _lay_into_what_runs(workshop, release, ready)


def _lay_into_what_runs(workshop: Workshop, release: Release, ready: Ready) -> None:
    """Give it to the container that is there: an engine that starts that one again, as after a reboot of the host, asks
    nobody.
    """
    options = release.build.launch.options
    found = workshop.engine.instances(release.application)
    mine = (one for one in found if one.component == release.component and one.release == release.number)
    if not cds.is_open(options) or (running := next((one for one in mine if one.role == "instance"), None)) is None:
        return
    start = folder_of(workshop.site) / "start.tar"
    try:
        workshop.engine.copy_in(running.name, workshop.site.layout.path(ready.digest))
        if cds.is_recorded(options):
            start.write_bytes(class_archives.start_from_archive())
            workshop.engine.copy_in(running.name, start)
    except Unreachable:
        raise
    except Failure as failure:
        log.warning("%s is started again by its engine without an archive over everything: %s", running.name, failure)
    finally:
        start.unlink(missing_ok=True)


def _fits(site: Site, release: Release) -> bool:
    environment = site.secrets.resolve(release.application, release.spec.environment)
    own = split_java_opts(environment.get("JAVA_OPTS", ""))
    return whole_archive.fits((*release.build.launch.options, *own), environment)


def _above(site: Site, below: Image, ready: Ready, reference: str) -> Image:
    config = manifest.read_config(site.layout, below)
    lines = [*(config.get("history") or ()), manifest.history(config["created"], cds.ROLE)]
    layers = {"type": "layers", "diff_ids": [*config["rootfs"]["diff_ids"], ready.digest]}
    written = manifest.canonical(config | {"history": lines, "rootfs": layers})
    layer = Layer(Descriptor(LAYER_TYPE, ready.digest, ready.size), ready.digest, cds.ROLE)
    return manifest.keep(site.layout, reference, below.platform, (*below.layers, layer), written)


def _java(release: Release) -> int:
    major = release.build.java_version.partition(".")[0].partition("+")[0]
    return int(major) if major.isdigit() else release.build.java
