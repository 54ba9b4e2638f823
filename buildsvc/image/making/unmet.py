"""Shared libraries that files of a base ask for and none provides."""

from __future__ import annotations

from collections.abc import Mapping

from buildpacks.facts import elf
from buildsvc.image import tar
from buildsvc.image.making.rootfs import RootFs


def needed(data: bytes) -> tuple[str, ...]:
    """Return the names in DT_NEEDED; empty for what is no ELF file, or is linked statically."""
    found = elf.read("", data)
    return found.needed if found is not None else ()


def missing(root: RootFs) -> Mapping[str, str]:
    """Libraries that some file asks for and no file provides, each with the path of one that asks."""
    there = {path.rpartition("/")[2] for path in root.paths("*")}
    found: dict[str, str] = {}
    for path, entry in root.entries():
        if entry.kind == tar.FILE and root.read(path, len(elf.MAGIC)) == elf.MAGIC:
            for name in needed(root.read(path)):
                if name not in there:
                    found.setdefault(name, path)
    return found
