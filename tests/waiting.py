"""Wait for something with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_never = threading.Event()


def pause(seconds: float) -> None:
    """A short wait between two looks."""
    _never.wait(seconds)


def until(look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true answer of `look`; fails when there was none in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {look}"
        pause(0.02)
    return found
