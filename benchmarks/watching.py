"""The most of something while a part of a benchmark lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar

Amount = TypeVar("Amount", int, float)


@contextmanager
def most(look: Callable[[], Amount], every: float) -> Iterator[list[Amount]]:
    """What `look` gives at its most meanwhile, in the first element; it looks at both ends, and in between `every` so
    many seconds.
    """
    found, ended = [look()], Event()

    def watch() -> None:
        while not ended.wait(every):
            found[0] = max(found[0], look())

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield found
    finally:
        ended.set()
        watching.join()
        found[0] = max(found[0], look())
