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
_LONGEST_LINE = 2048
"""Characters; an entry's name has 1024 at most."""


def roles(analysis: Analysis) -> tuple[tuple[str, tuple[Library, ...]], ...]:
    """Pairs of layer and libraries, bottom up, application last; by `layers.idx` where present, else by their names."""
    index = parse_layers(analysis.layers_index or b"")
    found: dict[str, list[Library]] = {name: [] for name in index if name not in {_LOADER, APPLICATION}}
    if not index:
        found = {DEPENDENCIES: [], SNAPSHOTS: []}
    found[APPLICATION] = []
    owners: dict[str, str] = {}
    for name, entries in index.items():
        for listed in entries:
            owners.setdefault(listed, name)
    for library in analysis.libraries:
        role = _listed(owners, library.entry) if index else _guessed(analysis, library)
        found[role if role in found else APPLICATION].append(library)
    bounded = list(found.items())
    joined = bounded[1 : len(bounded) - _MOST + 1] if len(bounded) > _MOST else []
    for _, libraries in joined:
        bounded[0][1].extend(libraries)
    del bounded[1 : 1 + len(joined)]
    return tuple((name, tuple(libraries)) for name, libraries in bounded)


def parse_layers(text: bytes) -> dict[str, tuple[str, ...]]:
    """`layers.idx`: layer name to entries, in its order; an entry that ends with `/` means all below it."""
    found: dict[str, list[str]] = {}
    name = None
    for line in text.decode("utf-8", "replace").splitlines():
        value = _item(line)
        if not value:
            continue
        if not line.startswith(" "):
            name = value
            found[name] = []
        elif name is not None:
            found[name].append(value)
    return {name: tuple(entries) for name, entries in found.items()}


def class_path(analysis: Analysis) -> tuple[Library, ...]:
    """Return the libraries in `classpath.idx` order; those it does not name follow in archive order."""
    lines = (analysis.classpath_index or b"").decode("utf-8", "replace").splitlines()
    listed = [value.rpartition("/")[2] for line in lines if (value := _item(line))]
    order = {name: number for number, name in reversed(list(enumerate(listed)))}
    last = len(order)
    return tuple(sorted(analysis.libraries, key=lambda item: order.get(item.entry.rpartition("/")[2], last)))


def _item(line: str) -> str:
    """Return the value of a list item, `- "value"` or `- "value":`; empty where the line is none."""
    text = line.strip()
    if not text.startswith("-") or len(text) > _LONGEST_LINE or not text.isprintable():
        return ""
    return text[1:].strip().removesuffix(":").strip().strip('"')


def _listed(owners: dict[str, str], entry: str) -> str:
    """Return the layer that names this entry, otherwise the nearest folder above it."""
    parts = entry.split("/")
    above = ("/".join(parts[:depth]) + "/" for depth in range(len(parts) - 1, 0, -1))
    return next((owners[name] for name in (entry, *above) if name in owners), APPLICATION)


def _guessed(analysis: Analysis, library: Library) -> str:
    if library.maven and analysis.maven and library.maven[0] == analysis.maven[0]:
        return APPLICATION
    stem = library.entry.rpartition("/")[2].removesuffix(".jar")
    version = f"-{library.maven[2]}" if library.maven else ""
    return SNAPSHOTS if _SNAPSHOT.search(stem) or _SNAPSHOT.search(version) else DEPENDENCIES
