"""Where a plan puts its files: they must all fit into one file system, or the engine refuses the image at the end."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan, PlannedFile, PlannedLayer

LONGEST_PART, LONGEST = 255, 4000
"""Bytes of one file name and of a whole path, a little below Linux' own 4096: an image is unpacked below a folder."""
_BEYOND = 0xFFFF
"""Behind it are signs that a JVM cannot have in its class path: it encodes them unlike the file system."""


def laid(plan: BuildPlan, filename: str) -> BuildPlan:
    """Return the plan with `a//b` and `a/./b` as `a/b`. Raises Refused `entry-path` for a path that no file system
    takes, `entry-twice` where two files share one place.

    A jar keeps such names to itself; this is about files that lie unpacked in the image.
    """
    layers = tuple(_tidy(layer) for layer in plan.layers)
    files: set[str] = set()
    folders: set[str] = set()
    for path in (file.path for layer in layers for file in layer.files):
        parts = path.split("/")
        long = len(path.encode()) > LONGEST or any(len(part.encode()) > LONGEST_PART for part in parts)
        if path.endswith(".jar") and any(ord(sign) > _BEYOND for sign in path):
            raise Refused("entry-path.beyond-java", path=path[:300], filename=filename)
        if long or not all(parts) or ".." in parts:
            raise Refused("entry-path", path=path[:300], filename=filename)
        if path in files:
            raise Refused("entry-twice.two-files", filename=filename, path=path)
        files.add(path)
        home = path.rpartition("/")[0]
        while home and home not in folders:
            folders.add(home)
            home = home.rpartition("/")[0]
    both = sorted(files & folders)
    if both:
        raise Refused("entry-twice.file-and-folder", path=both[0], filename=filename)
    return replace(plan, layers=layers)


def _tidy(layer: PlannedLayer) -> PlannedLayer:
    if not any("//" in file.path or "/./" in file.path for file in layer.files):
        return layer
    return replace(layer, files=tuple(_tidied(file) for file in layer.files))


def _tidied(file: PlannedFile) -> PlannedFile:
    # `..` stays, to be refused.
    return file if ".." in file.path else replace(file, path=posixpath.normpath(file.path))
