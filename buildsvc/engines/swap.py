"""What the steps of a swap share: one deployment's swap over `Slots`, and the small moves that several steps make."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from buildpacks.errors import Conflict
from buildsvc.engines.base import Journal, Publish, RollOut
from buildsvc.engines.two_places import Occupant, Restart, Slots
from buildsvc.model.application import Component, JarSettings
from buildsvc.model.deployment import Step

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another one after each start of the machine; random(4)."""


@dataclass(frozen=True)
class Timing:
    """Seconds that only grow, the same for all processes since this machine's start; how to wait; and which start that
    was. Handed in, so that tests need not wait. The time of day is set by people, forward and back.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    boot: str = ""

    @classmethod
    def of_this_machine(cls) -> Timing:
        """Return the one that counts from the start of this machine, suspended or not."""
        return cls(partial(time.clock_gettime, time.CLOCK_BOOTTIME), time.sleep, BOOT_ID.read_text().strip())


@dataclass(frozen=True)
class Swap:
    """One deployment's swap: where, what, its record, who listens, and the clock."""

    slots: Slots
    spec: RollOut
    journal: Journal
    publish: Publish
    timing: Timing

    @property
    def jar(self) -> JarSettings:
        return self.spec.component.jar or JarSettings(self.spec.component.name)

    @property
    def grace(self) -> float:
        return self.spec.component.grace

    def steps(self) -> dict[str, Step]:
        """Return the last step of each name since the last undoing that was finished."""
        found: dict[str, Step] = {}
        for step in self.journal.steps():
            found[step.name] = step
            if step.name == "undo" and step.done:
                found.clear()
        return found

    def in_slot(self, slot: str | None) -> Occupant | None:
        return next((o for o in self.slots.occupants() if o.slot == slot), None)

    def new(self) -> Occupant | None:
        """Return the instance of this deployment: the one that it started, or the one that it went back to."""
        start = self.steps().get("start")
        chosen = start.data.get("new") if start else None
        if chosen is not None:
            return next((o for o in self.slots.occupants() if o.id == chosen), None)
        return next((o for o in self.slots.occupants() if o.deployment == self.journal.deployment), None)

    def old(self) -> Occupant | None:
        """Return the instance that served when this deployment started."""
        start = self.steps().get("start")
        return next((o for o in self.slots.occupants() if start and o.id == start.data.get("old")), None)

    def since_live(self) -> float:
        """Seconds since the switch; since this machine's start where that came behind it."""
        live = self.steps().get("live")
        if live is None:
            return 0.0
        same = live.data.get("boot", "") == self.timing.boot
        return self.timing.now() - (float(str(live.data["at"])) if same else 0.0)

    def recorded_restart(self) -> Restart:
        """Return the restart policy that the old instance had."""
        return self.read_restart(self.steps()["start"].data.get("old_restart"))

    def read_restart(self, told: object) -> Restart:
        """Read a restart policy of the journal; one that cannot be read is the component's own."""
        if isinstance(told, Mapping) and {"when", "retries"} <= set(told):
            return Restart(str(told["when"]), int(told["retries"]))
        return lasting(self.spec.component)

    def restarts_before(self) -> int:
        """How many times its instance had been restarted when this deployment went back to it."""
        start = self.steps().get("start")
        return int(str(start.data.get("restarts", 0))) if start else 0

    def only_one_runs(self) -> bool:
        """Whether both instances may not run at a time: stop-first, or no memory for two when this one started."""
        start = self.steps().get("start")
        return self.jar.strategy == "stop-first" or bool(start and start.data.get("tight"))


def counted(swap: Swap) -> dict[str, object]:
    """Return the gateway's counters now, for the journal: what passed between two steps is their difference."""
    found = swap.slots.traffic()
    return {"traffic": asdict(found)} if found else {}


def lost_claim(error: Exception) -> bool:
    """Whether another worker took over: it must not be disturbed in what it is finishing now."""
    return isinstance(error, Conflict) and error.code == "lost-claim"


def lasting(component: Component) -> Restart:
    """Return the restart policy that a component asks for: what its live instance has."""
    return Restart(component.restart, component.restart_retries if component.restart == "on-failure" else 0)


def hold_and_stop(swap: Swap, occupant: Occupant) -> None:
    """Its requests wait in the gateway while it ends, and it stays ended."""
    swap.slots.hold(occupant.slot)
    swap.slots.restart_policy(occupant, Restart())
    swap.slots.stop(occupant, swap.grace)


def stop_and_remove(swap: Swap, occupant: Occupant) -> None:
    """Whatever it still carries is cut; nothing of it is left."""
    swap.slots.cut(occupant.slot)
    swap.slots.restart_policy(occupant, Restart())
    swap.slots.stop(occupant, swap.grace)
    swap.slots.remove(occupant)


def serve_with(swap: Swap, occupant: Occupant, policy: Restart) -> None:
    """Send the requests to a running instance (again), which is started again by this policy."""
    swap.slots.restart_policy(occupant, policy)
    swap.slots.release(occupant.slot)
    swap.slots.switch(occupant.slot)


def drain(swap: Swap, slot: str, limit: float) -> int:
    """Wait until a slot has no connection, `limit` seconds at most; returns how many are left."""
    until = swap.timing.now() + limit
    while (left := swap.slots.connections(slot)) and swap.timing.now() < until:
        swap.timing.sleep(0.2)
    return left
