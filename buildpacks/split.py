"""Finer layers than a buildpack's own: large libraries apart, so that components share them; and those that change.

The first is a pure function of the artifact. Which libraries change is learned from the uploads of one component; that
is a recorded input of a build, so the same artifact with the same record gives the same image.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from buildpacks.analysis import Analysis
from buildpacks.plan import BuildPlan, Entry, PlannedFile, PlannedLayer

CHANGING = "changing-dependencies"
SHARED_FROM = 512 << 10
"""Bytes, as they lie in the artifact, from which a library is worth a layer of its own."""
MOST_SHARED = 16
"""Layers for single libraries; the engine's work grows with each, and an image has at most some 120."""
_VERSION = re.compile(r"-\d(?:(?!-\d).)*$")
_TIMESTAMP = re.compile(r"-\d{8}\.\d{6}-\d+(?=[.-]|$)")
"""What a repository puts in the place of SNAPSHOT."""


def name_of(path: str) -> str:
    """Return a library's name for ever: `/app/lib/common-core-1.2.jar` and its next version are both `common-core`."""
    return _VERSION.sub("", _TIMESTAMP.sub("", path.rpartition("/")[2].removesuffix(".jar")))


def shared(plan: BuildPlan, analysis: Analysis) -> BuildPlan:
    """Return the plan with each of the largest libraries in a layer of its own, just below the layer that it was in.

    Components seldom have the very same libraries, but the large ones are the same in many: a layer with one library
    is stored and carried once for all of them, and it stays when another library changes. The largest lies lowest:
    engines share a layer only where all layers below it are the same too.
    """
    sizes = {member.name: member.size for member in analysis.members}
    found = [
        (sizes.get(file.source.name, 0), file.path)
        for layer in plan.layers
        if layer.content_mtime
        for file in layer.files
        if isinstance(file.source, Entry) and file.path.endswith(".jar")
    ]
    largest = sorted((-size, path) for size, path in found if size >= SHARED_FROM)[:MOST_SHARED]
    alone = tuple(path for _, path in largest)
    return replace(plan, layers=tuple(part for layer in plan.layers for part in _parts(layer, alone)))


def _parts(layer: PlannedLayer, alone: Collection[str]) -> Iterable[PlannedLayer]:
    if not layer.content_mtime or len(layer.files) == 1:
        return (layer,)
    single = [replace(layer, files=(file,)) for path in alone for file in layer.files if file.path == path]
    rest = tuple(file for file in layer.files if file.path not in alone)
    return (*single, replace(layer, files=rest)) if rest else single


def changed(former: Analysis, latter: Analysis) -> frozenset[str]:
    """Return the names of libraries in `latter` that are new or whose bytes are not those of `former`."""
    known = {(name_of(library.entry), library.sha256) for library in former.libraries}
    now = ((name_of(library.entry), library.sha256) for library in latter.libraries)
    return frozenset(name for name, sha256 in now if (name, sha256) not in known)


def present(names: Iterable[str], analysis: Analysis) -> frozenset[str]:
    """Return those of `names` that the artifact has: what left a component is forgotten."""
    return frozenset(names) & {name_of(library.entry) for library in analysis.libraries}


def apart(plan: BuildPlan, names: Collection[str]) -> BuildPlan:
    """Return the plan with libraries of these names in one layer below the topmost, whichever layer they were in.

    A library that its buildpack put into the topmost layer stays there: it is written with every build anyway.
    """
    if not names or len(plan.layers) < 2:  # noqa: PLR2004 (one layer has nothing below it)
        return plan
    *below, top = plan.layers
    moved = tuple(file for layer in below for file in layer.files if _is_one_of(file, names))
    if not moved:
        return plan
    kept = (replace(layer, files=tuple(file for file in layer.files if not _is_one_of(file, names))) for layer in below)
    return replace(plan, layers=(*(layer for layer in kept if layer.files), PlannedLayer(CHANGING, moved), top))


def _is_one_of(file: PlannedFile, names: Collection[str]) -> bool:
    return file.path.endswith(".jar") and name_of(file.path) in names
