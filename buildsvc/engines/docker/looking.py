"""Looks into an instance: which ports it has opened, and for whom; which instead of its main one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.errors import Failure
from buildsvc.engines import health
from buildsvc.engines.base import Publish, RollOut
from buildsvc.engines.docker.containers import NAME_SERVER
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.gateway import routes
from buildsvc.model.raised import warned

EVERY = 2.0
"""Seconds between two looks: each is an exec."""
SETTLED = 6.0
"""Seconds that the set of open ports must not change: several open one after the other, TLS or management first."""
PATIENT = 12.0
"""Seconds after which another port that the gateway carries is told of too: some programs open that one first."""


@dataclass
class Looking:
    """`sockets` gives the ports open to others, and those on localhost only."""

    main: int
    """The port that the gateway sends requests to."""
    declared: bool
    """Whether somebody named that port; if not, others are asked instead of it."""
    known: frozenset[int]
    """Ports that may be open before the main one is, however long: those of the management."""
    carried: frozenset[int]
    """Ports that the gateway carries, the main one among them."""
    component: str
    sockets: Callable[[], tuple[frozenset[int], frozenset[int]]]
    publish: Publish
    now: Callable[[], float]
    looked: float | None = None
    seen: frozenset[int] = frozenset()
    since: float = 0.0
    told: frozenset[str] = frozenset()

    def others(self, *, closed: bool) -> tuple[int, ...]:
        """Find ports to ask instead of the main one: those that have been open for a while, where nobody has named one.

        Tells once, long before the deadline, of a main port that is open on localhost only, and of other ports that are
        open instead of the one that was named.
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
        if self.main in inside:
            self._tell("localhost-only.main", port=self.main)
        if outside != self.seen:
            self.seen, self.since = outside, now
        settled = bool(outside) and now - self.since >= SETTLED
        if not settled or self.main in outside:
            return ()
        if not self.declared:
            return tuple(sorted(outside))
        first = frozenset() if now - self.since >= PATIENT else self.carried
        if spare := sorted(outside - self.known - first):
            self._tell("listens-elsewhere", main=self.main, spare=spare)
        return ()

    def _tell(self, key: str, **values: object) -> None:
        if key not in self.told:
            self.told |= {key}
            self.publish(warned(key, component=self.component, **values))


def sockets(client: EngineClient, container: str) -> tuple[frozenset[int], frozenset[int]]:
    """(open to others, open on localhost only) inside a container; nothing where it cannot be read."""
    try:
        ran = client.run(container, ["cat", "/proc/net/tcp", "/proc/net/tcp6"])
    except Failure:
        return frozenset(), frozenset()
    return health.listening(ran.output, besides=NAME_SERVER)


def warn_of_sockets(client: EngineClient, spec: RollOut, instance: str, publish: Publish) -> None:
    """Names ports that are open and that the gateway does not carry, and those that are open on localhost only."""
    name = spec.component.name
    outside, inside = sockets(client, instance)
    carried = {route.port for route in routes(spec.component)}
    spare = ", ".join(str(port) for port in sorted(outside - carried))
    if spare:
        publish(warned("ports-not-carried", name=name, spare=spare))
    for port in sorted(inside & carried):
        publish(warned("localhost-only.other", port=port, name=name))
