"""Pruning: what the rule does not keep goes, the oldest first, and nothing that somebody can still ask for breaks.

The order makes every crash harmless. Images in the engine go first: one that is wanted after all is loaded again out
of the content store. Then the ledger says that the release is pruned, so that nobody is offered it. Then its files go;
what is left of them goes with the next pass, because nothing reaches it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from buildpacks.errors import Conflict
from buildsvc.image import class_archives
from buildsvc.model.release import Release
from buildsvc.model.version import Version
from buildsvc.usecases.site import Site, Workshop
from buildsvc.usecases.tend import leftovers
from buildsvc.usecases.tend.keeping import YOUNG, Holdings, archive_keys, forget_old_promises, reachable, recorded
from buildsvc.usecases.tend.retention import rule_of

EVERY, FIRST = timedelta(hours=1), timedelta(days=1)
"""Between two passes, and before the first one."""
FACT = "pruning"
"""What the ledger remembers: when the rule `began`, or `at` (the last pass) and what went: see `PruningResult`."""
ASKED = "pruning-asked"
"""What the ledger remembers: when somebody asked for a pass."""
AT_A_TIME, A_TURN = 3.0, 0.2
"""Seconds after which others get their turn, and how long that is: a push waits while something is pruned."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Going:
    """What would go: releases and versions the oldest first, references of images in the engine, digests of blobs,
    keys of class archives. `size` is in bytes, without what the engine frees.
    """

    releases: tuple[Release, ...]
    versions: tuple[Version, ...]
    images: tuple[str, ...]
    blobs: tuple[str, ...]
    archives: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class PruningResult:
    """How much went. `freed` in bytes, without what the engine freed."""

    releases: int = 0
    versions: int = 0
    images: int = 0
    blobs: int = 0
    freed: int = 0

    def plus(self, other: PruningResult) -> PruningResult:
        return PruningResult(**{name: value + getattr(other, name) for name, value in asdict(self).items()})


def going(site: Site) -> Going:
    """Say what would go, and change nothing. Raises Conflict `keeping-unclear`."""
    found = recorded(site)
    stays = reachable(site, found)
    before = (site.clock.now() - YOUNG).timestamp()
    aged = sorted((site.layout.written_at(one), one) for one in site.layout if one not in stays)
    old = tuple(digest for written, digest in aged if written < before)
    archives = _old_archives(site, found)
    references = _references(found, archives)
    size = sum(site.layout.size(digest) for digest in old) + leftovers.size(site)
    return Going(found.old_releases, found.old_versions, references, old, tuple(one.key for one in archives), size)


def prune(workshop: Workshop, *, patience: float = 0.0) -> PruningResult:
    """Let go of what the rule does not keep. Where somebody changes what runs it waits `patience` seconds for them.

    Raises Conflict `keeping-busy` then, `keeping-unclear`, Unreachable.
    """
    total, stuck, waited = PruningResult(), frozenset[str](), 0.0
    while not workshop.stopping():
        with workshop.site.alone() as mine:
            alone = mine and not _is_busy(workshop.site)
            if alone:
                part, stuck, ended = _some(workshop, stuck)
                total = total.plus(part)
                _remember(workshop.site, part, ended=ended)
        if alone:
            if ended:
                return total
            # Whoever waits for the lock gets it now.
            workshop.wait(A_TURN)
            continue
        if waited >= patience:
            raise Conflict("keeping-busy")
        workshop.wait(1.0)
        waited += 1.0
    return total


def tend(workshop: Workshop) -> None:
    """Prune if it is time. While something is changed it is left for the next look. A site that was just upgraded has a
    day to keep more, or to go back.
    """
    site = workshop.site
    now, told = site.clock.now(), site.ledger.recall(FACT)
    if told is None:
        site.ledger.remember(FACT, {"began": now.isoformat()})
        return
    last = last_pass(site)
    is_early = now - (last or datetime.fromisoformat(told["began"])) < (EVERY if last else FIRST)
    if is_early and not is_asked(site):
        return
    try:
        result = prune(workshop)
    except Conflict as conflict:
        if conflict.code != "keeping-busy":
            raise
        return
    if result != PruningResult():
        log.info("pruned: %s", ", ".join(f"{count} {what}" for what, count in asdict(result).items()))


def last_pass(site: Site) -> datetime | None:
    """Return when the rule was last applied; None before the first time."""
    told = site.ledger.recall(FACT) or {}
    return datetime.fromisoformat(told["at"]) if "at" in told else None


def ask(site: Site) -> None:
    """Ask for a pass soon, whoever may touch the engine."""
    site.ledger.remember(ASKED, site.clock.now().isoformat())


def is_asked(site: Site) -> bool:
    """Whether somebody asked for a pass after the last one."""
    asked, last = site.ledger.recall(ASKED), last_pass(site)
    return asked is not None and (last is None or last < datetime.fromisoformat(asked))


def pruned_so_far(site: Site) -> PruningResult:
    """Return what went since the site began."""
    told = site.ledger.recall(FACT) or {}
    return PruningResult(**{name: told[name] for name in asdict(PruningResult()) if name in told})


def _some(workshop: Workshop, stuck: frozenset[str]) -> tuple[PruningResult, frozenset[str], bool]:
    """Take a few seconds' part of the releases and versions or, when none are left, of the blobs. Returns what went,
    the ids of what cannot go now, and whether that was all.
    """
    site = workshop.site
    found = recorded(site)
    every: tuple[Release | Version, ...] = (*found.old_releases, *found.old_versions)
    left = [one for one in every if one.id not in stuck]
    if left:
        part, more = _records(workshop, found, left)
        return part, stuck | more, False
    # What is stuck stays whole.
    kept = replace(
        found,
        old_releases=tuple(one for one in found.old_releases if one.id not in stuck),
        old_versions=tuple(one for one in found.old_versions if one.id not in stuck),
    )
    forget_old_promises(site)
    site.ledger.cut_history(site.clock.now() - timedelta(days=rule_of(site).history))
    part, ended = _files(workshop, kept)
    return part, stuck, ended


def _records(
    workshop: Workshop, found: Holdings, left: Iterable[Release | Version]
) -> tuple[PruningResult, frozenset[str]]:
    began, result = time.monotonic(), PruningResult()
    staying = _kept_references(found)
    done: list[Release | Version] = []
    stuck: set[str] = set()
    for one in left:
        mine = _references_of(one) - staying
        try:
            count = _take_from_engine(workshop, mine)
        except Conflict as used:
            log.info("%s stays: %s", one.id, used)
            stuck.add(one.id)
            continue
        done.append(one)
        result = result.plus(PruningResult(images=count))
        if time.monotonic() - began > AT_A_TIME:
            break
    releases = [one.id for one in done if isinstance(one, Release)]
    versions = [one.id for one in done if isinstance(one, Version)]
    workshop.site.ledger.mark_pruned(releases=releases, versions=versions)
    return result.plus(PruningResult(releases=len(releases), versions=len(versions))), frozenset(stuck)


def _files(workshop: Workshop, found: Holdings) -> tuple[PruningResult, bool]:
    """Remove a few seconds' part of what nothing reaches; returns what went, and whether that was all."""
    site, images, began = workshop.site, 0, time.monotonic()
    for archive in _old_archives(site, found):
        # One that a container holds is asked for again with the next pass.
        with suppress(Conflict):
            images += _take_from_engine(workshop, {archive.reference} - {""})
            class_archives.remove(site.layout, archive.key)
    stays = reachable(site, found)
    before = (site.clock.now() - YOUNG).timestamp()
    freed, blobs = 0, 0
    for written, digest in sorted((site.layout.written_at(one), one) for one in site.layout if one not in stays):
        if written >= before:
            break
        freed += site.layout.delete(digest)
        site.analyses.remove(digest.removeprefix("sha256:"))
        blobs += 1
        if time.monotonic() - began > AT_A_TIME:
            return PruningResult(images=images, blobs=blobs, freed=freed), False
    return PruningResult(images=images, blobs=blobs, freed=freed + leftovers.remove(site)), True


def _take_from_engine(workshop: Workshop, references: set[str]) -> int:
    """Remove those of the images that the engine has; returns how many. Raises Conflict `image-in-use`."""
    there = workshop.engine.have(references) if references else frozenset()
    for reference in there:
        workshop.engine.remove_image(reference)
    return len(there)


def _old_archives(site: Site, found: Holdings) -> list[class_archives.ClassArchive]:
    keys = archive_keys(site, found)
    return [one for one in class_archives.recorded(site.layout) if one.key not in keys]


def _references(found: Holdings, archives: Iterable[class_archives.ClassArchive]) -> tuple[str, ...]:
    every = frozenset().union(*map(_references_of, found.old_releases), *map(_references_of, found.old_versions))
    every |= {one.reference for one in archives if one.reference}
    return tuple(sorted(every - _kept_references(found)))


def _kept_references(found: Holdings) -> frozenset[str]:
    """Return the references of images that something kept needs; a version and a release may share one."""
    going_ids = found.going
    every: tuple[Release | Version, ...] = (*found.releases, *found.versions)
    return frozenset().union(*(_references_of(one) for one in every if one.id not in going_ids))


def _references_of(one: Release | Version) -> set[str]:
    """Return the references of the images that were built for it: others' images stay with those who brought them."""
    if isinstance(one, Release):
        return {one.image.reference}
    return {built.image.reference for jar in one.snapshot.jars for built in jar.images}


def _is_busy(site: Site) -> bool:
    # What waits for a whole application relies on what is recorded nowhere else yet.
    return any(not one.phase.at_rest or (one.phase.awaiting and not one.component) for one in site.ledger.unended())


def _remember(site: Site, part: PruningResult, *, ended: bool) -> None:
    former = site.ledger.recall(FACT) or {}
    at = {"at": site.clock.now().isoformat()} if ended else {}
    site.ledger.remember(FACT, {**former, **asdict(pruned_so_far(site).plus(part)), **at})
