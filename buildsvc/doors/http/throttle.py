"""Slows down whoever guesses tokens: after some failures an address waits, each time longer. In memory, bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

FREE_FAILURES = 5
LONGEST_WAIT = 300.0
REMEMBERED = 10_000


@dataclass(frozen=True)
class _Record:
    failures: int
    until: float


class Throttle:
    """Failures per address. `now` gives seconds that only grow. Threads may share one."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str) -> float:
        """Seconds that this address has to wait still; 0 when it may try."""
        with self._lock:
            record = self._records.get(address)
            return max(0.0, record.until - self._now()) if record else 0.0

    def failed(self, address: str) -> None:
        """Count a failure: the fifth costs a second, each further one twice as much, up to five minutes."""
        with self._lock:
            failures = (self._records[address].failures if address in self._records else 0) + 1
            over = min(failures - FREE_FAILURES, 10)
            wait = min(2.0**over, LONGEST_WAIT) if over >= 0 else 0.0
            self._records[address] = _Record(failures, self._now() + wait)
            self._records.move_to_end(address)
            while len(self._records) > REMEMBERED:
                self._records.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget what this address did wrong."""
        with self._lock:
            self._records.pop(address, None)
