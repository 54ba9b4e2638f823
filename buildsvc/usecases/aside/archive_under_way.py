"""An archive of classes under way: what is written down of it, what its making takes, and the plan it is made by."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure, Refused
from buildpacks.java import cds
from buildpacks.plan import BuildPlan
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording, again
from buildsvc.engines.programs_aside import Aside
from buildsvc.image import class_archives
from buildsvc.image.class_archives import ClassArchive
from buildsvc.model.release import Release
from buildsvc.store.durable_files import atomic_write
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.build.order import Order
from buildsvc.usecases.build.planning import planned
from buildsvc.usecases.site import Site, Workshop
from buildsvc.usecases.understanding import understood

MEMORY = 1536 << 20
"""Bytes that the making may take, and that the host has to have free, half as much again."""
FREE_MEMORY = MEMORY * 3 // 2
"""Bytes that have to be free on the host."""
DISK = 2 << 30
"""Bytes that have to be free on the site's disk."""
INPUT, OUTPUT = "/tmp/classes.lst", "/tmp/classes.jsa"  # noqa: S108 (in a container of its own)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Making:
    """One archive under way: for which release, since when (seconds since 1970), how many classes were listed, and the
    digest of that list; over `everything`, or over the libraries.
    """

    key: str
    application: str
    component: str
    release: int
    deployment: str
    began: float
    classes: int
    left_out: tuple[str, ...] = ()
    listed: str = ""
    everything: bool = False

    @property
    def name(self) -> str:
        """Of this site alone: another one on the same engine may be making the same."""
        return f"buildsvc-cds-{self.deployment.replace('-', '')[-10:]}"


def making_of(
    site: Site, live: LiveRelease, key: str, listed: bytes, left_out: tuple[str, ...] = (), *, everything: bool = False
) -> Making:
    """Describe one that begins now; its list of classes lies in the content store from here on."""
    release = live.release
    return Making(
        key,
        release.application,
        release.component,
        release.number,
        live.deployment,
        site.clock.now().timestamp(),
        listed.count(b"\n"),
        left_out,
        site.layout.add_bytes(listed),
        everything,
    )


def folder_of(site: Site) -> Path:
    """Return where it is written down what is under way, a file for each key."""
    return site.settings.paths.tmp / "cds"


def is_being_made(site: Site, key: str) -> bool:
    return _note(site, key).exists()


def under_way(site: Site) -> Iterator[Making]:
    """Give what was written down. Raises OSError, ValueError, TypeError where a note is damaged."""
    for path in sorted(folder_of(site).glob("*.json")):
        yield Making(**json.loads(path.read_bytes()))


def begin(workshop: Workshop, making: Making, image: str, command: tuple[str, ...]) -> None:
    """Start the program that makes it, and write that down."""
    listed = {INPUT: workshop.site.layout.read(making.listed)}
    workshop.engine.begin_aside(Aside(making.application, making.name, image, command, listed, MEMORY))
    folder = folder_of(workshop.site)
    atomic_write(_note(workshop.site, making.key), json.dumps(asdict(making)).encode(), tmp=folder)
    what = "everything" if making.everything else "the libraries"
    log.info(
        "making a CDS archive of %d classes of %s for %s of %s",
        *(making.classes, what, making.component, making.application),
    )


def end(workshop: Workshop, making: Making) -> None:
    """Remove the program, and what was written down."""
    workshop.engine.remove(making.name)
    _note(workshop.site, making.key).unlink(missing_ok=True)


def give_up(site: Site, key: str, reason: str) -> None:
    """Remember that there is none, so that it is not tried with every pass; a push of other libraries tries anew."""
    log.warning("no CDS archive: %s", reason)
    class_archives.keep(site.layout, ClassArchive(key, unusable=reason))


def planned_again(site: Site, release: Release) -> tuple[Analysis, BuildPlan]:
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


def arranged(site: Site, release: Release, key: str) -> tuple[Analysis, cds.Arrangement] | None:
    """Return what the release was understood to be, and how its jars are arranged for an archive; None where there can
    be none, which is remembered by `key` with the reason.
    """
    try:
        analysis, plan = planned_again(site, release)
        found = cds.arrange(plan, analysis)
    except Failure as failure:
        give_up(site, key, again(failure.as_value()))
        return None
    if found is None:
        give_up(site, key, Wording("archive-not-made.otherwise", release=_named(release)))
        return None
    return analysis, found


def _named(release: Release) -> Wording:
    return Wording("archive-not-made.release", number=release.number, component=release.component)


def _note(site: Site, key: str) -> Path:
    return folder_of(site) / f"{key}.json"
