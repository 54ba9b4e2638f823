"""The steward: compares what is to run with what the observer saw, and has what is down brought up again.

What it finds it does not mend itself: it queues a repair, which waits its turn behind whatever is under way. A stop by
hand is given a minute; what went down with the engine is brought up as soon as that is back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from buildpacks.sentences.wording import Wording
from buildsvc.model.application import Component
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.desired import is_still
from buildsvc.model.evidence import FoundDown
from buildsvc.model.instance import Instance, Snapshot, was_killed
from buildsvc.model.raised import warned
from buildsvc.store.ledger import LiveRelease, StoredApplication
from buildsvc.usecases.look.observe import FRESH
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site

BY_HAND = 60.0
"""Seconds that a component may be down before it is brought up: somebody may be at work on it."""
BACK = 5.0
"""The same, where the engine was away: its own restarts are over by then."""
AFTER_BACK = 120.0
"""Seconds after the engine's return in which what is found down went down with it."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""Seconds between two repairs of one thing: doubled each time, as long as they follow each other within an hour."""
LOOP, LOOP_WITHIN, TELL_EVERY = 3, 600.0, 3600.0
"""So many restarts in so many seconds are a crash loop, which is told once in an hour."""


@dataclass(frozen=True)
class Down:
    """Something that is to run and does not."""

    application: str
    component: str
    what: str


@dataclass
class Steward:
    """What is remembered between two looks: since when something is down, and how often an instance was restarted. A
    process that has just begun takes the engine for one that has just come back. `seconds` only grow: the time of day
    may be set back.
    """

    seconds: Callable[[], float] = monotonic
    since: dict[Down, float] = field(default_factory=dict)
    away: bool = True
    returned: float | None = None
    restarts: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def tend(self, site: Site) -> None:
        """One look at every application."""
        now = site.clock.now()
        snapshots = {one.application: one for one in site.ledger.snapshots()}
        fresh = {name: one for name, one in snapshots.items() if not one.problem and one.age(now) <= FRESH}
        if any(one.problem for one in snapshots.values()):
            self.away = True
        elif fresh and self.away:
            self.away, self.returned = False, self.seconds()
        unended = site.ledger.unended()
        found: set[Down] = set()
        for stored in site.ledger.applications():
            name = stored.application.name
            if name in fresh:
                down = tuple(_down(site, stored, fresh[name], now, just_back=self._is_just_back()))
                found |= set(down)
                self._repair(site, name, down, unended, now)
                self._tell_of_loops(site, fresh[name], self.seconds())
        self.since = {down: since for down, since in self.since.items() if down in found}

    def _is_just_back(self) -> bool:
        return self.returned is not None and self.seconds() - self.returned < AFTER_BACK

    def _repair(
        self, site: Site, name: str, down: tuple[Down, ...], unended: tuple[Deployment, ...], now: datetime
    ) -> None:
        grace, seconds = BACK if self._is_just_back() else BY_HAND, self.seconds()
        due = [one for one in down if seconds - self.since.setdefault(one, seconds) >= grace]
        if not due:
            return
        # One thing is repaired where it is; several, or what others stand on, as a whole.
        only = {one.component for one in due}
        component = due[0].component if len(only) == 1 and due[0].what == "instance" else ""
        if any(_in_the_way(one, name, component) for one in unended):
            return
        if _pause_after(site.ledger.deployments(name, component, limit=8), now):
            return
        _queue(site, name, component, due)

    def _tell_of_loops(self, site: Site, snapshot: Snapshot, now: float) -> None:
        for one in snapshot.instances:
            seen = [(at, count) for at, count in self.restarts.get(one.id, []) if now - at < LOOP_WITHIN]
            seen.append((now, one.restarts))
            self.restarts[one.id] = seen
            ends = one.restarts - seen[0][1]
            before = self.told.get(one.id)
            if ends >= LOOP and (before is None or now - before >= TELL_EVERY):
                self.told[one.id] = now
                _tell(site, one, ends)
        known = {one.id for one in snapshot.instances}
        others = {key for key in self.restarts if key not in known and not _recent(self.restarts[key], now)}
        for key in others:
            self.restarts.pop(key)
            self.told.pop(key, None)


def _in_the_way(one: Deployment, application: str, component: str) -> bool:
    """Something is under way, or waits, that changes the same: it may be what the repair would do."""
    same = not component or one.component in {"", component}
    return one.application == application and same and not one.phase.at_rest


def _recent(seen: list[tuple[float, int]], now: float) -> bool:
    return bool(seen) and now - seen[-1][0] < LOOP_WITHIN


def _down(
    site: Site, stored: StoredApplication, snapshot: Snapshot, now: datetime, *, just_back: bool
) -> Iterator[Down]:
    name = stored.application.name
    stopped, live = site.ledger.stopped(name), site.ledger.live_all(name)
    adoption = site.ledger.adoption(name)
    bare = {one.name for one in adoption.components if one.waits_for_gateway} if adoption is not None else set()
    for component in stored.application.components:
        mine = [one for one in snapshot.instances if one.component == component.name]
        gateways = [one for one in mine if one.role == "gateway"]
        has_none = component.name in bare and not gateways
        if component.is_jar and not has_none and not any(one.state == "running" for one in gateways):
            yield Down(name, component.name, "gateway")
        elif not is_still(stopped, component.name, now):
            what = _what_is_down(component, live.get(component.name), mine, just_back=just_back)
            if what:
                yield Down(name, component.name, what)


def _what_is_down(
    component: Component, live: LiveRelease | None, mine: list[Instance], *, just_back: bool
) -> str | None:
    """One that the engine starts again by itself, or that somebody froze, is not down; one that is not to be restarted
    only if it went down with the engine.
    """
    alive = {"running", "restarting", "paused"}
    if component.is_jar:
        if live is None or any(one.role == "instance" and one.active and one.state in alive for one in mine):
            return None
        return "instance"
    here = [one for one in mine if one.role == "image"]
    lasts = component.restart in {"always", "unless-stopped"} or (just_back and any(was_killed(one) for one in here))
    return "image" if not here or (lasts and not any(one.state in alive for one in here)) else None


def _pause_after(newest: tuple[Deployment, ...], now: datetime) -> bool:
    """Whether the repairs before this one are too near: each that follows another within an hour doubles the pause. One
    in the future was made before the clock was set back.
    """
    row = 0
    for one in newest:
        if one.cause is not Cause.REPAIR or now - one.created > timedelta(hours=1):
            break
        row += 1
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (row - 1)) if row else 0.0
    return bool(row) and 0 <= (now - (newest[0].ended or newest[0].created)).total_seconds() < pause


def _queue(site: Site, application: str, component: str, due: list[Down]) -> None:
    live = site.ledger.live(application, component) if component else None
    deployment = site.ledger.create_deployment(
        application=application,
        component=component,
        cause=Cause.REPAIR,
        artifact=live.release.artifact if live else None,
        release=live.release.number if live else None,
        actor="steward",
        door="steward",
    )
    found = FoundDown(tuple(f"{one.component} ({one.what})" for one in due))
    site.publisher(deployment.id)(found)
    text = Wording("notice.repair", application=application, what=list(found.what), deployment=deployment.id)
    site.tell("steward-repair", f"{application}/{component}".rstrip("/"), text, {"deployment": deployment.id})
    enqueue(site, deployment.id)


def _tell(site: Site, one: Instance, ends: int) -> None:
    """Add an event to the deployment that brought it, so that it stands where its start stands."""
    told = warned("crash-loop", component=one.component, ends=ends, minutes=int(LOOP_WITHIN / 60), name=one.name)
    facts = {"ends": ends, "instance": one.name}
    text = Wording(told.code, **(told.values or {}))
    site.tell("crash-loop", f"{one.application}/{one.component}", text, facts)
    live = site.ledger.live(one.application, one.component)
    newest = site.ledger.deployments(one.application, "", limit=1)
    deployment = live.deployment if live else newest[0].id if newest else None
    if deployment is not None:
        site.publisher(deployment)(told)
