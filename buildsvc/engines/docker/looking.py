"""Looks into an instance whose main port stays closed: which ports it has opened instead, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildsvc.engines import health
from buildsvc.engines.base import Publish
from buildsvc.model.raised import warned

EVERY = 2.0
"""Seconds between two looks: each is an exec."""
SETTLED = 6.0
"""Seconds that the set of open ports must not change: several open one after the other, TLS or management first."""


@dataclass
class Looking:
    """`sockets` gives the ports open to others, and those on localhost only."""

    policy: health.Discovery
    component: str
    sockets: Callable[[], tuple[frozenset[int], frozenset[int]]]
    publish: Publish
    now: Callable[[], float]
    looked: float | None = None
    seen: frozenset[int] = frozenset()
    since: float = 0.0
    told: bool = False

    def others(self, *, closed: bool) -> tuple[int, ...]:
        """Ports to ask instead of the main one: those that have been open for a while, where nobody has named a port.

        Tells once, long before the deadline, of a main port that is open on localhost only.
        """
        now = self.now()
        if not closed:
            self.looked, self.seen = now, frozenset()
            return ()
        if self.looked is None or now - self.looked < EVERY:
            self.looked = now if self.looked is None else self.looked
            return ()
        self.looked = now
        outside, inside = self.sockets()
        if self.policy.main in inside and not self.told:
            self.told = True
            self._tell()
        if outside != self.seen:
            self.seen, self.since = outside, now
        ripe = bool(outside) and not self.policy.declared and now - self.since >= SETTLED
        return tuple(sorted(outside)) if ripe else ()

    def _tell(self) -> None:
        self.publish(warned("localhost-only.main", port=self.policy.main, component=self.component))
