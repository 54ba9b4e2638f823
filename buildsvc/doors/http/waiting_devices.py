"""Sign-ins by a device code that wait for somebody to agree: so many in all and for one address, and none for ever.

Nobody has to be anybody to begin one, and each question about it is one that the identity provider is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from threading import Lock

from buildsvc.doors.http.callers import Throttled
from buildsvc.doors.http.throttle import whole_address

MOST = 200
MOST_OF_ADDRESS = 10
"""Whoever sits behind one address shares it: an office, or a server that is a jump host."""
LONGEST = 1800.0
"""Seconds that one waits, whatever the provider says."""
_BEGINS = 60.0
"""Seconds that asking the provider for a code may take before it counts no longer."""
TOO_MANY, TOO_MANY_OF_ALL = "too-many-devices", "too-many-devices.all"


@dataclass(frozen=True)
class _Waiting:
    address: str
    until: float
    next: float = 0.0
    interval: float = 0.0


class WaitingDevices:
    """What waits, by the digest of its code. Bounded in memory; forgotten when the service starts anew. Threads may
    share one.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._count = 0

    def begin(self, address: str) -> str:
        """Take a place for an address before the provider is asked; returns the place's name. Raises Throttled."""
        with self._lock:
            self._count += 1
            place = f"place {self._count}"
            self._enter(place, _Waiting(whole_address(address), self._now() + _BEGINS))
            return place

    def leave(self, name: str) -> None:
        """Give a place back: of a code, or one that no code was given for."""
        with self._lock:
            self._waiting.pop(name, None)

    def waits(self, place: str, code: str, interval: float, lasts: float) -> float:
        """From now on the place is this code's, and is asked about every `interval` seconds. Returns how long it waits,
        in seconds.
        """
        lasts = max(0.0, min(lasts, LONGEST))
        with self._lock:
            now, former = self._now(), self._waiting.pop(place, None)
            if former is not None:
                self._waiting[name_of(code)] = replace(former, until=now + lasts, interval=interval)
        return lasts

    def may_ask(self, code: str, address: str) -> bool:
        """Whether the provider is to be asked about a code now; not where that is sooner than it wants. Raises
        Throttled where the service has started anew meanwhile, and has no place for it.
        """
        name = name_of(code)
        with self._lock:
            now, found = self._now(), self._waiting.get(name)
            if found is None:
                found = _Waiting(whole_address(address), now + LONGEST, interval=1.0)
                self._enter(name, found)
            if now < found.next:
                return False
            self._waiting[name] = replace(found, next=now + found.interval / 2)
            return True

    def _enter(self, name: str, new: _Waiting) -> None:
        now = self._now()
        self._waiting = {key: one for key, one in self._waiting.items() if one.until > now}
        mine = [one.until for one in self._waiting.values() if one.address == new.address]
        if len(mine) >= MOST_OF_ADDRESS:
            raise Throttled(min(mine) - now, TOO_MANY)
        if len(self._waiting) >= MOST:
            raise Throttled(min(one.until for one in self._waiting.values()) - now, TOO_MANY_OF_ALL)
        self._waiting[name] = new

    def _now(self) -> float:
        return self._clock().timestamp()


def name_of(code: str) -> str:
    """Give what a code is kept by."""
    return sha256(code.encode()).hexdigest()
