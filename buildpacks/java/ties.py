"""Libraries by which a running program holds something of others: a place in a registry, messages, jobs, locks.

The data is in `java/ties.toml`; a library is known by its Maven coordinates or, without them, by its file's name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from buildpacks.analysis import Library

Tied = Literal["registry", "broker", "scheduler", "pool"]
_FILE = re.compile(r"(?P<name>.+?)-\d.*\.jar$")


@dataclass(frozen=True)
class Tie:
    """`library` is the artifact's name, `kind` what it is a client of."""

    library: str
    kind: Tied


def among(libraries: Iterable[Library]) -> tuple[Tie, ...]:
    """Find them, each once, in the order of their names."""
    known = _known()
    names = {_name(one) for one in libraries}
    return tuple(Tie(name, known[name]) for name in sorted(names) if name in known)


@cache
def _known() -> dict[str, Tied]:
    told = tomllib.loads((Path(__file__).parent / "ties.toml").read_text(encoding="utf-8"))
    return {name: cast("Tied", kind) for kind, names in told.items() for name in names}


def _name(library: Library) -> str:
    if library.maven:
        return library.maven[1]
    file = library.entry.rpartition("/")[2]
    found = _FILE.fullmatch(file)
    return found["name"] if found else file.removesuffix(".jar")
