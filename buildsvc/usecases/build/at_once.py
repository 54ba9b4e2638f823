"""Read an artifact that no door has read, and write the layers of its libraries while other processes read those.

The disk is busy then while the processors are: 0.2 s of a first build. Nothing is decided: the build finds such a layer
by its content, or does not use it, and whatever stands against it says the build, which knows everything.
"""

from __future__ import annotations

import time
from pathlib import Path

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.facts.nested_jars import Known, nothing_known
from buildsvc.engines.base import Publish
from buildsvc.image.assemble import owner
from buildsvc.image.bases import BaseCache
from buildsvc.image.layer import LayerMaker
from buildsvc.image.layout import Layout
from buildsvc.usecases.build.build import Built, build
from buildsvc.usecases.build.ground import smallest_base
from buildsvc.usecases.build.order import Order, Understanding
from buildsvc.usecases.build.planning import planned


def build_file(
    layout: Layout,
    bases: BaseCache,
    path: Path,
    order: Order,
    publish: Publish,
    *,
    filename: str | None = None,
    known: Known = nothing_known,
    every_byte: bool = False,
) -> Built:
    """Build the artifact at `path`, which its owner calls `filename`, as `order` says. `known` and `every_byte` are as
    `analyse` means them. Raises Refused as `analyse` and `build` do.
    """
    began = time.monotonic()
    ahead: set[str] = set()
    analysis = analyse(
        path,
        filename or path.name,
        known=known,
        machines=(order.platform.architecture,),
        every_byte=every_byte,
        meanwhile=lambda named: ahead.update(_written(layout, bases, order, named)),
    )
    found = Understanding(analysis, time.monotonic() - began, frozenset(ahead))
    return build(layout, bases, found, order, publish)


def _written(layout: Layout, bases: BaseCache, order: Order, named: Analysis) -> frozenset[str]:
    """Return the digests of what was written of an analysis that knows which libraries there are, but not what is in
    them.
    """
    own = any(one.file for one in order.buildpacks.ordered)
    if own or named.layers_index is None:
        # A site's own buildpack is asked once; without an index the libraries themselves say where they belong.
        return frozenset()
    try:
        plan = planned(named, order)
        base = smallest_base(bases, order.platform, order.java or plan.java)
        maker = LayerMaker(named, layout, owner(base, plan), named.newest_mtime)
        # The last is the application's own; it also holds the user's folders.
        made = [maker.make(layer) for layer in plan.layers[:-1] if layer.content_mtime]
    except Refused:
        return frozenset()
    return frozenset(one.layer.diff_id for one in made if one.written)
