"""Which request is the first of a batch: many questions of one caller, close behind each other, are one entry of the
audit log.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic

APART = 60.0
"""Seconds without a request that end a batch."""
_REMEMBERED = 1_000


class Batches:
    """Batches by who asks; `now` gives seconds that only grow. Bounded in memory. Threads may share one."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._last: OrderedDict[str, float] = OrderedDict()

    def is_first(self, who: str) -> bool:
        """Whether a request of somebody begins a batch."""
        with self._lock:
            now, last = self._now(), self._last.pop(who, None)
            self._last[who] = now
            while len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
            return last is None or now - last > APART
