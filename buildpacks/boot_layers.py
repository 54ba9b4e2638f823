"""Which layer each library of a Spring Boot application belongs to, and the order of its class path.

Source: Spring Boot reference, "Efficient Container Images" and "The Executable Jar Format" (both index files).
"""

from __future__ import annotations

import re

from buildpacks.analysis import Analysis, Library

DEPENDENCIES = "dependencies"
SNAPSHOTS = "snapshot-dependencies"
APPLICATION = "application"
_LOADER = "spring-boot-loader"
_MOST = 16
"""Custom layers beyond this many are joined with the lowest: an image has at most some 120."""
_SNAPSHOT = re.compile(r"-(SNAPSHOT|\d{8}\.\d{6}-\d+)$")
_QUOTED = re.compile(r'^\s*-\s*"?(.*?)"?\s*:?\s*$')


def roles(analysis: Analysis) -> tuple[tuple[str, tuple[Library, ...]], ...]:
    """Pairs of layer and libraries, bottom up, application last; by `layers.idx` where present, else by their names."""
    index = parse_layers(analysis.layers_index or b"")
    found: dict[str, list[Library]] = {name: [] for name in index if name not in {_LOADER, APPLICATION}}
    if not index:
        found = {DEPENDENCIES: [], SNAPSHOTS: []}
    found[APPLICATION] = []
    for library in analysis.libraries:
        role = _listed(index, library.entry) if index else _guessed(analysis, library)
        found[role if role in found else APPLICATION].append(library)
    bounded = list(found.items())
    while len(bounded) > _MOST:
        _, libraries = bounded.pop(1)
        bounded[0][1].extend(libraries)
    return tuple((name, tuple(libraries)) for name, libraries in bounded)


def parse_layers(text: bytes) -> dict[str, tuple[str, ...]]:
    """`layers.idx`: layer name to entries, in its order; an entry that ends with `/` means all below it."""
    found: dict[str, tuple[str, ...]] = {}
    name = None
    for line in text.decode("utf-8", "replace").splitlines():
        item = _QUOTED.match(line)
        if not item or not item.group(1):
            continue
        value = item.group(1).strip('"')
        if not line.startswith(" "):
            name = value
            found[name] = ()
        elif name is not None:
            found[name] = (*found[name], value)
    return found


def class_path(analysis: Analysis) -> tuple[Library, ...]:
    """The libraries in `classpath.idx` order; those it does not name follow in archive order."""
    lines = (analysis.classpath_index or b"").decode("utf-8", "replace").splitlines()
    listed = [item.group(1).rpartition("/")[2] for line in lines if (item := _QUOTED.match(line))]
    order = {name: number for number, name in reversed(list(enumerate(listed)))}
    last = len(order)
    return tuple(sorted(analysis.libraries, key=lambda item: order.get(item.entry.rpartition("/")[2], last)))


def _listed(index: dict[str, tuple[str, ...]], entry: str) -> str:
    best, role = -1, APPLICATION
    for name, entries in index.items():
        for listed in entries:
            if (entry == listed or (listed.endswith("/") and entry.startswith(listed))) and len(listed) > best:
                best, role = len(listed), name
    return role


def _guessed(analysis: Analysis, library: Library) -> str:
    if library.maven and analysis.maven and library.maven[0] == analysis.maven[0]:
        return APPLICATION
    stem = library.entry.rpartition("/")[2].removesuffix(".jar")
    version = f"-{library.maven[2]}" if library.maven else ""
    return SNAPSHOTS if _SNAPSHOT.search(stem) or _SNAPSHOT.search(version) else DEPENDENCIES
