"""A program that runs once, aside of what serves: what an engine is asked for, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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


class ProgramsAside(Protocol):
    """What an engine does for them; a part of `base.Engine`."""

    def begin_aside(self, work: Aside) -> None:
        """Start a program aside and return. Nothing happens where one of its name is there. Raises Failure."""

    def hold_aside(self, name: str, *, held: bool) -> None:
        """Freeze a program aside, or let it go on: what starts needs the processors. Nothing happens where it does not
        run. Raises Failure where the host cannot.
        """

    def asides(self) -> tuple[AsideState, ...]:
        """List the programs aside, running or ended; `remove` takes one away by its name."""

    def copy_out(self, name: str, path: str, target: Path) -> bool:
        """Copy a file out of an instance or a program aside, running or not; False where it is not there."""

    def copy_in(self, name: str, tar: Path) -> None:
        """Unpack a tar at the root of an instance, running or not; what it has open stays as it was. Raises Failure."""
