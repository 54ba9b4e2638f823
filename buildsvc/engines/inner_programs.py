"""A program that runs inside an instance: what it is given, where its output goes, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def _untold(_size: int) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Streams:
    """`given` is the file that its standard input is, None for an empty one; `target` the file that its standard output
    goes to, None to keep the end of it in what it said. `told` hears the bytes that have passed so far, in either
    direction; `given_up`, asked about every second, ends the waiting.
    """

    given: Path | None = None
    target: Path | None = None
    told: Callable[[int], None] = _untold
    given_up: Callable[[], bool] = _never


@dataclass(frozen=True)
class ProgramEnd:
    """`code` is its exit status; `tail` the end of what it wrote, without what went to a file."""

    code: int
    tail: tuple[str, ...] = ()
