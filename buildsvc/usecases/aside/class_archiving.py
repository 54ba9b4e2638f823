"""CDS archives: made aside, of what a serving instance has loaded, so that its next version starts faster.

Nothing here holds up a push. Each pass takes one small step; what is under way is written in a folder, so that another
process can go on with it. `buildpacks.java.cds` says what an archive is.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure, Refused, Unreachable
from buildpacks.java import cds
from buildpacks.plan import BuildPlan
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording, again
from buildsvc.engines.programs_aside import Aside, AsideState
from buildsvc.image import class_archives
from buildsvc.image.assemble import assemble
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.recall import recall
from buildsvc.model.events import ArchiveMade
from buildsvc.model.release import Release
from buildsvc.store.durable_files import atomic_write, held
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.aside.serving import is_busy, serving
from buildsvc.usecases.build.order import Order
from buildsvc.usecases.build.planning import planned
from buildsvc.usecases.site import Site, Workshop
from buildsvc.usecases.understanding import understood

SERVED = 15.0
"""Seconds that a release has to have served: by then it has loaded what its start needs."""
MEMORY = 1536 << 20
"""Bytes that the making may take, and that the host has to have free, half as much again."""
FREE_MEMORY = MEMORY * 3 // 2
"""Bytes that have to be free on the host."""
DISK = 2 << 30
"""Bytes that have to be free on the site's disk."""
_INPUT, _OUTPUT = "/tmp/classes.lst", "/tmp/classes.jsa"  # noqa: S108 (in a container of its own)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Making:
    """One archive under way: for which release, since when (seconds since 1970), and how many classes were listed."""

    key: str
    application: str
    component: str
    release: int
    deployment: str
    began: float
    classes: int
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of this site alone: another one on the same engine may be making the same."""
        return f"buildsvc-cds-{self.deployment.replace('-', '')[-10:]}"


def folder_of(site: Site) -> Path:
    """Return where it is written down what is under way, a file for each key."""
    return site.settings.paths.tmp / "cds"


def is_being_made(site: Site, key: str) -> bool:
    return (folder_of(site) / f"{key}.json").exists()


def _read(path: Path) -> Making:
    return Making(**json.loads(path.read_bytes()))


def tend(workshop: Workshop) -> None:
    """One step: take in what was made, or begin the next. One process of a site at a time."""
    folder = folder_of(workshop.site)
    folder.mkdir(exist_ok=True)
    with held(folder / "lock") as mine:
        if not mine:
            return
        with workshop.site.in_use():
            _step(workshop, folder)


def rest(workshop: Workshop) -> None:
    """Freeze what is being made until no deployment is under way: a program that starts has the processors alone."""
    for path in folder_of(workshop.site).glob("*.json"):
        try:
            workshop.engine.hold_aside(_read(path).name, held=True)
        except Unreachable:
            raise
        except (Failure, OSError, ValueError, TypeError) as error:
            log.warning("the making of an archive goes on beside a start: %s", error)


def _step(workshop: Workshop, folder: Path) -> None:
    under_way = [_read(path) for path in sorted(folder.glob("*.json"))]
    if under_way:
        states = {state.name: state for state in workshop.engine.asides()}
        for making in under_way:
            _look(workshop, folder, making, states.get(making.name))
    elif _calm(workshop):
        wish = next(_wishes(workshop.site), None)
        if wish is not None:
            _begin(workshop, folder, wish)


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


def _begin(workshop: Workshop, folder: Path, live: LiveRelease) -> None:
    release, engine = live.release, workshop.engine
    instances = engine.instances(release.application)
    # An undo serves with the instance of an earlier deployment.
    mine = (one for one in instances if one.active and one.component == release.component)
    running = next((one for one in mine if one.release == release.number and one.state == "running"), None)
    if running is None:
        return
    taken = folder / "classes.lst"
    written = cds.class_list(taken.read_bytes()) if engine.copy_out(running.name, cds.LIST, taken) else b""
    taken.unlink(missing_ok=True)
    if not written:
        _give_up(workshop, release.build.cds, Wording("archive-not-made.no-list", instance=running.name))
        return
    try:
        analysis, plan = _planned(workshop.site, release)
        found = cds.arrange(plan, analysis)
    except Failure as failure:
        _give_up(workshop, release.build.cds, again(failure.as_value()))
        return
    if found is None:
        _give_up(workshop, release.build.cds, Wording("archive-not-made.otherwise", release=_named(release)))
        return
    left_out = cds.doubles(found, analysis)
    found = found.without(left_out)
    if not found.stays:
        _give_up(workshop, release.build.cds, Wording("archive-not-made.doubles"))
        return
    making = Making(
        release.build.cds,
        release.application,
        release.component,
        release.number,
        live.deployment,
        workshop.site.clock.now().timestamp(),
        written.count(b"\n"),
        left_out,
    )
    command = cds.dump(found, _INPUT, _OUTPUT)
    work = Aside(release.application, making.name, release.image.reference, command, {_INPUT: written}, MEMORY)
    engine.begin_aside(work)
    atomic_write(folder / f"{making.key}.json", json.dumps(asdict(making)).encode(), tmp=folder)
    log.info("making a CDS archive of %d classes for %s of %s", making.classes, making.component, making.application)


def _look(workshop: Workshop, folder: Path, making: Making, state: AsideState | None) -> None:
    if state is not None and state.running:
        workshop.engine.hold_aside(making.name, held=is_busy(workshop.site))
        return
    try:
        if state is None:
            log.info("the making of %s is gone; it is begun anew", making.name)
        elif state.exit_code:
            _give_up(
                workshop,
                making.key,
                Wording("archive-not-made.ended", status=state.exit_code, said=" ".join(state.tail)),
            )
        else:
            _take_in(workshop, folder, making)
    except Failure as failure:
        _give_up(workshop, making.key, again(failure.as_value()))
    workshop.engine.remove(making.name)
    (folder / f"{making.key}.json").unlink(missing_ok=True)


def _take_in(workshop: Workshop, folder: Path, making: Making) -> None:
    """Keep the archive as a layer, and give the engine that layer before a push needs it."""
    site = workshop.site
    file = folder / "classes.jsa"
    try:
        if not workshop.engine.copy_out(making.name, _OUTPUT, file):
            _give_up(workshop, making.key, Wording("archive-not-made.none"))
            return
        size = file.stat().st_size
        ready = class_archives.add_layer(site.layout, file)
    finally:
        file.unlink(missing_ok=True)
    release = site.ledger.release(making.application, making.component, making.release)
    analysis, plan = _planned(site, release)
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
    class_archives.keep(
        site.layout,
        ClassArchive(
            making.key,
            ready.digest,
            ready.size,
            names,
            making.classes,
            image.manifest.digest,
            image.reference,
            making.left_out,
        ),
    )
    seconds = site.clock.now().timestamp() - making.began
    site.publisher(making.deployment)(ArchiveMade(making.classes, size, seconds))


def _give_up(workshop: Workshop, key: str, reason: str) -> None:
    """Remember that there is none, so that it is not tried with every pass; a push of other libraries tries anew."""
    log.warning("no CDS archive: %s", reason)
    class_archives.keep(workshop.site.layout, ClassArchive(key, unusable=reason))


def _planned(site: Site, release: Release) -> tuple[Analysis, BuildPlan]:
    """Return the release's plan before an archive was thought of. Raises Refused where it would be planned otherwise
    now.
    """
    jar = release.spec.jar
    platform = Platform.parse(release.image.platform)
    analysis = understood(site, release.artifact, release.filename, (platform.architecture,))
    order = Order(
        platform=platform,
        reference=release.image.reference,
        context=jar.context if jar else "/",
        shared=jar is not None and jar.layers == "shared",
        split=frozenset(release.build.split),
        buildpacks=site.buildpacks.current(),
    )
    plan = planned(analysis, order)
    if (plan.buildpack, plan.buildpack_digest) != (release.build.buildpack, release.build.buildpack_digest):
        raise Refused("planned-otherwise", release=_named(release))
    return analysis, plan


def _named(release: Release) -> Wording:
    return Wording("archive-not-made.release", number=release.number, component=release.component)
