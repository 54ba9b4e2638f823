"""Slows down whoever guesses: after some failures an address, or a name, waits, each time longer. What is right is not
refused because of what others got wrong. Bounded in memory; what has to wait is kept in the ledger over a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Protocol

from buildpacks.errors import Failure

FREE_FAILURES = 5
LONGEST_WAIT = 300.0
FORGOTTEN = 900.0
"""Seconds behind the end of a wait after which failures are forgotten."""
REMEMBERED = 10_000
TOLD_PER_MINUTE = 60
"""Refusals that are written down: more would let anybody fill the ledger."""
ADDRESS = "address"
NAME = "name"
_WHOLE_SITE = 64
"""Bits of an IPv6 address that one subscriber has; whoever has one of its addresses has all of them."""


class KeptFailures(Protocol):
    """What the ledger keeps of them."""

    def note_failures(self, kind: str, key: str, failures: int, until: datetime) -> None: ...
    def forget_failures(self, kind: str, key: str) -> None: ...
    def waiting(self) -> dict[tuple[str, str], tuple[int, datetime]]: ...


@dataclass(frozen=True)
class _Record:
    failures: int
    until: float


class Throttle:
    """Failures by kind (`address`, `name`) and key. `now` gives seconds that only grow, `clock` the time of day;
    `longest` is the longest wait that may have been kept, in seconds. Threads may share one.
    """

    def __init__(
        self,
        now: Callable[[], float],
        clock: Callable[[], datetime],
        kept: KeptFailures,
        longest: float = LONGEST_WAIT,
    ) -> None:
        self._now = now
        self._clock = clock
        self._kept = kept
        self._lock = Lock()
        self._minute = (now(), 0)
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()
        for key, (failures, until) in kept.waiting().items():
            # No longer than anybody ever waits: the clock may have been set back since.
            self._records[key] = _Record(failures, now() + min((until - clock()).total_seconds(), longest))

    def wait(self, kind: str, key: str) -> float:
        """Seconds that an address or a name has to wait still; 0 when it may try."""
        with self._lock:
            record = self._records.get((kind, _whole(kind, key)))
            return max(0.0, record.until - self._now()) if record else 0.0

    def failed(self, kind: str, key: str, lock: tuple[int, float] | None = None) -> int:
        """Count a failure, and give how many there are: the fifth costs a second, each further one twice as much, up to
        five minutes. One that comes while it has to wait is not counted: that gives 0. `lock`: so many failures, and
        each further one, cost so many seconds instead.
        """
        key = _whole(kind, key)
        with self._lock:
            now, former = self._now(), self._records.get((kind, key))
            if former is not None and former.until > now:
                return 0
            known = former.failures if former is not None and now - former.until < FORGOTTEN else 0
            failures = known + 1
            over = min(failures - FREE_FAILURES, 10)
            wait = min(2.0**over, LONGEST_WAIT) if over >= 0 else 0.0
            if lock is not None and failures >= lock[0]:
                wait = lock[1]
            self._records[kind, key] = _Record(failures, now + wait)
            self._records.move_to_end((kind, key))
            while len(self._records) > REMEMBERED:
                self._records.popitem(last=False)
        if wait:
            with suppress(Failure):
                self._kept.note_failures(kind, key, failures, self._clock() + timedelta(seconds=wait))
        return failures

    def forgive(self, kind: str, key: str) -> None:
        """Forget what failed: whoever it was has shown who he is, or somebody vouches for him."""
        key = _whole(kind, key)
        with self._lock:
            former = self._records.pop((kind, key), None)
        if former is not None and former.failures:
            with suppress(Failure):
                self._kept.forget_failures(kind, key)

    def may_tell(self) -> bool:
        """Whether one more refusal is to be written down in this minute."""
        with self._lock:
            began, told = self._minute
            if self._now() - began >= 60.0:  # noqa: PLR2004 - a minute
                began, told = self._now(), 0
            self._minute = (began, told + 1)
            return told < TOLD_PER_MINUTE


def _whole(kind: str, key: str) -> str:
    """Return what counts as one: an IPv4 address, the network of an IPv6 one."""
    return whole_address(key) if kind == ADDRESS else key


def whole_address(key: str) -> str:
    """Return an IPv4 address as it is, the network of an IPv6 one."""
    try:
        found = ip_address(key)
    except ValueError:
        return key
    return key if found.version == 4 else str(ip_network((found, _WHOLE_SITE), strict=False))  # noqa: PLR2004
