"""The nouns of a bill of materials: the parts of an artifact, and licences as they are stated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """A licence as it is stated: its name, its address, or the beginning of its text; the others are empty."""

    name: str = ""
    url: str = ""
    text: str = ""


@dataclass(frozen=True)
class Part:
    """One library, or the application. `entry` is where it lies in the artifact; empty for the artifact itself and
    for what was shaded into a jar. `sha256` (hex) is empty for the latter too.
    """

    name: str
    version: str
    group: str = ""
    inferred: bool = False
    """Whether the group is not its own statement, but another pom.xml's, or that of its family."""
    classifier: str = ""
    """What its file name has behind the version that it states: `linux-x86_64`."""
    entry: str = ""
    sha256: str = ""
    licences: tuple[Licence, ...] = ()
    parts: tuple[Part, ...] = ()
