"""What is to be rehearsed: a bundle, or a kit with its bundles, read whole and judged before anything begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.doors.rehearsal.ordered import RehearsedBundle, RehearsedKit
from buildsvc.image.kit.opened_kit import is_kit, open_kit, unpack
from buildsvc.store.bundle.opening import opened, verify

KIT = "kit"
"""The folder of an unpacked kit, below that of the rehearsal."""


RehearsalAnswers = Collection[tuple[str, str, str]]
"""What was typed for the sites: an option of install, a name, its value."""


@dataclass(frozen=True)
class Chosen:
    """What a file brings; `title` names it to people."""

    title: str
    bundles: tuple[RehearsedBundle, ...]
    kit: RehearsedKit | None


@dataclass(frozen=True)
class _Whole:
    """A bundle, and the names that its application asks every site for."""

    bundle: RehearsedBundle
    asks: frozenset[str]


def choose(file: Path, here: Platform, folder: Path, answers: RehearsalAnswers) -> Chosen:
    """Read a bundle, or unpack a kit below `folder`. Raises Refused where it is damaged, or `rehearsal-platform` where
    it is not for this platform.
    """
    if not is_kit(file):
        found = _read(file, here)
        return Chosen(found.bundle.title, _answered((found,), answers), None)
    kit = open_kit(file)
    _require(file, (str(kit.platform),), here)
    target = folder / KIT
    target.mkdir()
    unpack(kit, target)
    bundles = tuple(_read(target / "bundles" / f"{one}.bundle", here) for one in kit.bundles)
    return Chosen(kit.title, _answered(bundles, answers), RehearsedKit(str(target), kit.version, kit.engine))


def choose_former(file: Path, here: Platform, new: Chosen, answers: RehearsalAnswers) -> RehearsedBundle:
    """Read the bundle that is upgraded from. Raises Refused as `choose` does, and `rehearsal-former` where `new` has no
    version of its application.
    """
    found = _read(file, here)
    wanted = [one.application for one in new.bundles]
    if found.bundle.application not in wanted:
        raise Refused("rehearsal-former", file=file.name, application=found.bundle.application, new=new.title)
    # What it does not ask for is for another application, or for the newer one.
    return _with(found, [one for one in answers if one[1] in found.asks])


def _read(file: Path, here: Platform) -> _Whole:
    with SplitFile(file) as parts:
        found = opened(parts)
        verify(parts, found)
    made = found.bundle
    _require(file, made.platforms, here)
    snapshot = made.version.snapshot
    asks = frozenset((*(one.name for one in snapshot.application.values), *snapshot.secrets))
    return _Whole(RehearsedBundle(str(file.resolve()), made.version.application, made.version.name), asks)


def _require(file: Path, platforms: tuple[str, ...], here: Platform) -> None:
    if str(here) not in platforms:
        raise Refused("rehearsal-platform", file=file.name, platforms=platforms, platform=here)


def _answered(found: tuple[_Whole, ...], answers: RehearsalAnswers) -> tuple[RehearsedBundle, ...]:
    """Give each application what it asks for. What nobody asks for is given to all, which refuse it by name."""
    asked = frozenset[str]().union(*(one.asks for one in found))
    return tuple(_with(one, [each for each in answers if each[1] in one.asks or each[1] not in asked]) for one in found)


def _with(found: _Whole, answers: RehearsalAnswers) -> RehearsedBundle:
    typed = tuple(part for option, name, value in answers for part in (option, f"{name}={value}"))
    return replace(found.bundle, answers=typed)
