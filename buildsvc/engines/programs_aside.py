"""A program that runs once, aside of what serves: what an engine is asked for, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Aside:
    """A program that runs once, aside: no network, what is left of the processors, `memory` bytes at most. `files`
    (path to content) are small and lie in its file system before it starts. It goes with its application.
    """

    application: str
    name: str
    image: str
    command: tuple[str, ...]
    files: Mapping[str, bytes]
    memory: int


@dataclass(frozen=True)
class AsideState:
    """`tail` is the end of what it wrote."""

    name: str
    running: bool
    """Also while it is held."""
    exit_code: int | None
    tail: tuple[str, ...] = ()
