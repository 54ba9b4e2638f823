"""CDS archives: made aside, of what a serving instance has loaded, so that its next version starts faster.

Nothing here holds up a push. Each pass takes one small step; what is under way is written in a folder, so that another
process can go on with it. `buildpacks.java.cds` says what an archive is.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from buildpacks.errors import Failure, Unreachable
from buildpacks.java import cds
from buildpacks.sentences.wording import Wording, again
from buildsvc.engines.programs_aside import AsideState
from buildsvc.image import class_archives
from buildsvc.image.assemble import assemble
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.recall import recall
from buildsvc.model.archive_events import ArchiveMade
from buildsvc.store.durable_files import held
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.aside.archive_under_way import (
    DISK,
    FREE_MEMORY,
    INPUT,
    OUTPUT,
    Making,
    arranged,
    begin,
    end,
    folder_of,
    give_up,
    making_of,
    planned_again,
    under_way,
)
from buildsvc.usecases.aside.serving import is_busy, serving
from buildsvc.usecases.aside.whole_archiving import begin_whole, take_in_whole, wishes
from buildsvc.usecases.site import Site, Workshop

SERVED = 15.0
"""Seconds that a release has to have served: by then it has loaded what its start needs."""
log = logging.getLogger(__name__)


def tend(workshop: Workshop) -> None:
    """One step: take in what was made, or begin the next. One process of a site at a time."""
    folder = folder_of(workshop.site)
    folder.mkdir(exist_ok=True)
    with held(folder / "lock") as mine:
        if not mine:
            return
        with workshop.site.in_use():
            _step(workshop)


def rest(workshop: Workshop) -> None:
    """Freeze what is being made until no deployment is under way: a program that starts has the processors alone."""
    try:
        for making in under_way(workshop.site):
            workshop.engine.hold_aside(making.name, held=True)
    except Unreachable:
        raise
    except (Failure, OSError, ValueError, TypeError) as error:
        log.warning("the making of an archive goes on beside a start: %s", error)


def _step(workshop: Workshop) -> None:
    if makings := list(under_way(workshop.site)):
        states = {state.name: state for state in workshop.engine.asides()}
        for making in makings:
            _look(workshop, making, states.get(making.name))
    elif _calm(workshop):
        if (wish := next(_wishes(workshop.site), None)) is not None:
            _begin(workshop, wish)
        elif (wish := next(wishes(workshop.site), None)) is not None:
            begin_whole(workshop, wish)


def _calm(workshop: Workshop) -> bool:
    """Whether no push is under way, and the host has room."""
    return (
        not is_busy(workshop.site)
        and workshop.memory() > FREE_MEMORY
        and shutil.disk_usage(workshop.site.settings.paths.tmp).free > DISK
    )


def _wishes(site: Site) -> Iterator[LiveRelease]:
    """Give what serves without an archive, has written down its classes, and has served long enough."""
    for live in serving(site):
        build = live.release.build
        served = (site.clock.now() - live.since).total_seconds()
        if (
            cds.is_recorded(build.launch.options)
            and served >= SERVED
            and class_archives.find(site.layout, build.cds) is None
        ):
            yield live


def _begin(workshop: Workshop, live: LiveRelease) -> None:
    release, engine, site = live.release, workshop.engine, workshop.site
    instances = engine.instances(release.application)
    # An undo serves with the instance of an earlier deployment.
    mine = (one for one in instances if one.active and one.component == release.component)
    running = next((one for one in mine if one.release == release.number and one.state == "running"), None)
    if running is None:
        return
    taken = folder_of(site) / "classes.lst"
    written = cds.class_list(taken.read_bytes()) if engine.copy_out(running.name, cds.LIST, taken) else b""
    taken.unlink(missing_ok=True)
    if not written:
        give_up(site, release.build.cds, Wording("archive-not-made.no-list", instance=running.name))
        return
    if (understood := arranged(site, release, release.build.cds)) is None:
        return
    analysis, found = understood
    left_out = cds.doubles(found, analysis)
    found = found.without(left_out)
    if not found.stays:
        give_up(site, release.build.cds, Wording("archive-not-made.doubles"))
        return
    making = making_of(site, live, release.build.cds, written, left_out)
    begin(workshop, making, release.image.reference, cds.dump(found.steady_path, INPUT, OUTPUT))


def _look(workshop: Workshop, making: Making, state: AsideState | None) -> None:
    if state is not None and state.running:
        workshop.engine.hold_aside(making.name, held=is_busy(workshop.site))
        return
    try:
        if state is None:
            log.info("the making of %s is gone; it is begun anew", making.name)
        elif state.exit_code:
            reason = Wording("archive-not-made.ended", status=state.exit_code, said=" ".join(state.tail))
            give_up(workshop.site, making.key, reason)
        else:
            _fetch(workshop, making)
    except Failure as failure:
        give_up(workshop.site, making.key, again(failure.as_value()))
    end(workshop, making)


def _fetch(workshop: Workshop, making: Making) -> None:
    """Take what was made out of its container."""
    site = workshop.site
    file = folder_of(site) / "classes.jsa"
    try:
        if not workshop.engine.copy_out(making.name, OUTPUT, file):
            give_up(site, making.key, Wording("archive-not-made.none"))
            return
        size = file.stat().st_size
        (take_in_whole if making.everything else _take_in)(workshop, making, file)
    finally:
        file.unlink(missing_ok=True)
    seconds = site.clock.now().timestamp() - making.began
    site.publisher(making.deployment)(ArchiveMade(making.classes, size, seconds, everything=making.everything))


def _take_in(workshop: Workshop, making: Making, file: Path) -> None:
    """Keep the archive as a layer, and give the engine that layer before a push needs it."""
    site = workshop.site
    ready = class_archives.add_layer(site.layout, file)
    release = site.ledger.release(making.application, making.component, making.release)
    analysis, plan = planned_again(site, release)
    found = cds.arrange(plan, analysis)
    assert found is not None, "it was arranged when the making began"
    found = found.without(making.left_out)
    reference = f"{release.image.reference.rpartition(':')[0]}:cds-{making.key[:16]}"
    base = site.bases.get(release.build.base)
    image = assemble(
        analysis,
        cds.archived(plan, found, ready),
        base,
        site.layout,
        reference=reference,
        stamp=release.build.stamp,
    ).image
    workshop.engine.load(image, (recall(site.layout, release.image.manifest, release.image.reference), base.image))
    names = site.layout.add_bytes(cds.packed(cds.names(analysis, found.steady)))
    made = ClassArchive(
        making.key,
        ready.digest,
        ready.size,
        names,
        making.classes,
        image.manifest.digest,
        image.reference,
        making.left_out,
        listed=making.listed,
    )
    class_archives.keep(site.layout, made)
