"""Wait for something with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SHORTEST, LONGEST = 0.02, 0.25
_never = threading.Event()


def pause(seconds: float) -> None:
    """A short wait between two looks."""
    _never.wait(seconds)


def until(look: Callable[[], T], seconds: float = 60.0, *, every: float | None = None) -> T:
    """The first true answer of `look`; fails when there was none in time.

    Looks become rarer, because whoever asks takes processor time from what it waits for; `every` so many seconds where
    a moment must not be missed.
    """
    deadline = time.monotonic() + seconds
    rest = every or SHORTEST
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {look}"
        pause(rest)
        rest = every or min(rest * 1.3, LONGEST)
    return found
