"""Make a kit for another server: what was asked for is judged before anything is written."""

from __future__ import annotations

from pathlib import Path

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.image.bases import BaseCache
from buildsvc.image.kit.engine_folder import engine_file
from buildsvc.image.kit.kit_file import CarriedBundle, Kit, KitOrder, write_kit
from buildsvc.image.layout import Layout
from buildsvc.image.making.apt import Tell
from buildsvc.model.clock import Clock
from buildsvc.store.bundle.opening import opened, verify


def make_kit(
    target: Path,
    platform: Platform,
    wheels: Path,
    *,
    layout: Layout,
    cache: BaseCache,
    clock: Clock,
    bases: tuple[str, ...] | None = None,
    engine: Path | None = None,
    bundles: tuple[Path, ...] = (),
    tell: Tell = lambda _: None,
) -> Kit:
    """Write the kit `target`, whole or not at all. Raises Refused `kit-bundle` for a bundle that is not for this
    platform or builds on what a bare server lacks, what opening a bundle raises, and what `write_kit` raises.
    """
    carried = tuple(_carried(file, platform) for file in bundles)
    order = KitOrder(platform, wheels, bases, engine_file(engine) if engine else None, carried, clock.now())
    return write_kit(order, layout, cache, target, tell)


def _carried(file: Path, platform: Platform) -> CarriedBundle:
    with SplitFile(file) as parts:
        found = opened(parts)
        verify(parts, found)
    made = found.bundle
    if str(platform) not in made.platforms:
        raise Refused("kit-bundle.platform", file=file, platforms=made.platforms, platform=platform)
    if made.builds_on:
        raise Refused("kit-bundle.differential", file=file)
    return CarriedBundle(file, made.title)
