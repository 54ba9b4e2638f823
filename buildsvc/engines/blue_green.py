"""The swap: start new, wait for health, switch, drain the old; over `Slots`, whatever engine stands behind.

Journal steps, in order: `start` (slot, old, old_restart), `switch` (slot), `live` (at, seconds since 1970), then
`look-failed` and `look-passed` in the soak, `switch-back` or `settle`. `undo` may follow any step before `live`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from buildpacks.errors import Conflict, DeploymentFailed
from buildsvc.engines.base import Journal, Occupant, Publish, Restart, RollOut, Slots, Soak, other
from buildsvc.model.application import Component, JarSettings
from buildsvc.model.deployment import Step
from buildsvc.model.events import Healthy, InstanceStarted, OldStopped, Recovered, Switched, SwitchedBack
from buildsvc.model.raised import warned

PATIENCE = 3
"""Failing looks in a row that switch back."""
DEFAULT_GRACE = 30.0
"""Seconds from SIGTERM to SIGKILL where the component says nothing: Spring's own shutdown phase lasts 30."""
BACK_LIMIT = 5.0
"""Seconds that requests under way in a failing new instance get when the old one serves again."""


@dataclass(frozen=True)
class Timing:
    """Seconds since 1970, and how to wait; handed in, so that tests need not."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


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
        told = self.spec.component.stop_grace_period
        return DEFAULT_GRACE if told is None else told

    def steps(self) -> dict[str, Step]:
        """The last step of each name since the last undoing that was finished."""
        found: dict[str, Step] = {}
        for step in self.journal.steps():
            found[step.name] = step
            if step.name == "undo" and step.done:
                found.clear()
        return found

    def in_slot(self, slot: str | None) -> Occupant | None:
        return next((o for o in self.slots.occupants() if o.slot == slot), None)

    def new(self) -> Occupant | None:
        """The instance of this deployment."""
        return next((o for o in self.slots.occupants() if o.deployment == self.journal.deployment), None)

    def old(self) -> Occupant | None:
        """The instance that served when this deployment started."""
        start = self.steps().get("start")
        return next((o for o in self.slots.occupants() if start and o.id == start.data.get("old")), None)

    def since_live(self) -> float:
        live = self.steps().get("live")
        return self.timing.now() - float(str(live.data["at"])) if live else 0.0


def lasting(component: Component) -> Restart:
    """The restart policy that a component asks for: what its live instance has."""
    return Restart(component.restart, component.restart_retries if component.restart == "on-failure" else 0)


def roll_out(swap: Swap) -> Occupant:
    """Bring the new release live. Raises DeploymentFailed; the former instance then serves, nothing new is left."""
    slots, spec, journal = swap.slots, swap.spec, swap.journal
    slots.preflight(spec)
    active = slots.active()
    old, slot = swap.in_slot(active), other(active)
    tight = old is not None and slots.tight(spec, old)
    _refuse_if_cancelled(journal)
    journal.step("start", slot=slot, old=old.id if old else None, old_restart=asdict(old.restart) if old else None)
    try:
        _clear(swap, slot)
        if old and swap.jar.strategy == "stop-first":
            _hold_and_stop(swap, old)
        new = slots.start(spec, slot)
        journal.done("start")
        swap.publish(InstanceStarted(new.name, slot))
        began = swap.timing.now()
        slots.wait_healthy(spec, new, journal.cancelled, swap.publish)
        swap.publish(Healthy(swap.timing.now() - began))
        _refuse_if_cancelled(journal)
        journal.step("switch", slot=slot)
        _make_live(swap, new, old)
    except Exception as error:
        # Whoever lost the claim must not touch what another worker is finishing now.
        if not (isinstance(error, Conflict) and error.code == "lost-claim"):
            _undo(swap)
        raise
    if old and tight:
        _stop_for_memory(swap, old)
    slots.report(spec, new, swap.publish)
    return new


def _refuse_if_cancelled(journal: Journal) -> None:
    if journal.cancelled():
        raise DeploymentFailed("cancelled.before-switch")


def _clear(swap: Swap, slot: str) -> None:
    """Whatever is left in the free slot goes: an ended soak's old instance, or what a lost worker left."""
    for occupant in swap.slots.occupants():
        if occupant.slot == slot:
            _stop_and_remove(swap, occupant)


def _stop_and_remove(swap: Swap, occupant: Occupant) -> None:
    swap.slots.cut(occupant.slot)
    swap.slots.restart_policy(occupant, Restart())
    swap.slots.stop(occupant, swap.grace)
    swap.slots.remove(occupant)


def _hold_and_stop(swap: Swap, old: Occupant) -> None:
    swap.slots.hold(old.slot)
    swap.slots.restart_policy(old, Restart())
    swap.slots.stop(old, swap.grace)


def _make_live(swap: Swap, new: Occupant, old: Occupant | None) -> None:
    swap.slots.switch(new.slot)
    swap.slots.restart_policy(new, lasting(swap.spec.component))
    if old:
        swap.slots.restart_policy(old, Restart())
    swap.journal.done("switch")
    swap.journal.step("live", at=swap.timing.now())
    swap.journal.done("live")
    swap.publish(Switched(new.slot))


def _stop_for_memory(swap: Swap, old: Occupant) -> None:
    name = swap.spec.component.name
    swap.publish(warned("memory-is-short", name=name))
    _drain(swap, old.slot, swap.jar.drain)
    swap.slots.stop(old, swap.grace)


def _undo(swap: Swap) -> None:
    """Back to how it was before `start`: the old instance serves with its restart policy, the new one is gone."""
    if "start" not in swap.steps():
        return
    old, new = swap.old(), swap.new()
    swap.journal.step("undo")
    if old:
        _bring_back(swap, old)
    if new:
        swap.slots.cut(new.slot)
        swap.slots.stop(new, 1.0)
        swap.slots.remove(new)
    swap.journal.done("undo")


def _bring_back(swap: Swap, old: Occupant) -> None:
    swap.slots.restart_policy(old, _recorded(swap))
    if not old.running:
        swap.slots.revive(old)
    swap.slots.release(old.slot)
    swap.slots.switch(old.slot)


def _recorded(swap: Swap) -> Restart:
    """The restart policy that the old instance had; one that cannot be read is the component's own."""
    told = swap.steps()["start"].data.get("old_restart")
    if isinstance(told, Mapping) and {"when", "retries"} <= set(told):
        return Restart(str(told["when"]), int(told["retries"]))
    return lasting(swap.spec.component)


def settle(swap: Swap, *, now: bool = False) -> Soak:
    """One look at a live deployment; see `Engine.settle`."""
    steps = swap.steps()
    if "switch-back" in steps:
        return _switch_back(swap, str(steps["switch-back"].data.get("reason", "")))
    if "settle" in steps and steps["settle"].done:
        return Soak.SETTLED
    old = swap.old()
    if now or "settle" in steps or swap.since_live() >= swap.jar.soak:
        return _end_soak(swap, old, now=now)
    reason = _trouble(swap) if old else None
    return _switch_back(swap, reason) if reason else Soak.SOAKING


def _trouble(swap: Swap) -> str | None:
    """Why to switch back: a crash at once, failing health after `PATIENCE` looks in a row."""
    new = swap.new()
    if new is None:
        return "the new instance is gone"
    if new.restarts:
        return f"the new instance ended and was restarted ({new.restarts} times so far)"
    if not new.running:
        return f"the new instance ended with exit code {new.exit_code}"
    reason = swap.slots.failing(swap.spec, new)
    looks = [step for step in swap.journal.steps() if step.name in {"look-failed", "look-passed"}]
    failed_before = bool(looks) and looks[-1].name == "look-failed"
    if reason is None:
        if failed_before:
            swap.journal.step("look-passed")
            swap.journal.done("look-passed")
        return None
    count = int(str(looks[-1].data["count"])) + 1 if failed_before else 1
    swap.journal.step("look-failed", count=count, reason=reason)
    swap.journal.done("look-failed")
    return f"its health failed {count} times in a row ({reason})" if count >= PATIENCE else None


def _switch_back(swap: Swap, reason: str) -> Soak:
    """The old instance serves again, the new one goes. May be called again at any point."""
    steps = swap.steps()
    if "switch-back" in steps and steps["switch-back"].done:
        return Soak.SWITCHED_BACK
    if "switch-back" not in steps:
        swap.journal.step("switch-back", reason=reason)
    old, new = swap.old(), swap.new()
    if old:
        if not old.running:
            swap.slots.revive(old)
            swap.slots.wait_healthy(swap.spec, old, lambda: False, swap.publish)
        _bring_back(swap, swap.old() or old)
    if new:
        _drain(swap, new.slot, BACK_LIMIT)
        _stop_and_remove(swap, new)
    swap.journal.done("switch-back")
    swap.publish(SwitchedBack(reason, old.release if old else None))
    return Soak.SWITCHED_BACK


def _drain(swap: Swap, slot: str, limit: float) -> int:
    """Wait until a slot has no connection, `limit` seconds at most; returns how many are left."""
    until = swap.timing.now() + limit
    while (left := swap.slots.connections(slot)) and swap.timing.now() < until:
        swap.timing.sleep(0.2)
    return left


def _end_soak(swap: Swap, old: Occupant | None, *, now: bool) -> Soak:
    """The old instance goes once its connections are gone. The drain limit counts from the switch, so a soak that is
    longer leaves nothing to wait for; `now` waits for what is left of it here.
    """
    if "settle" not in swap.steps():
        swap.journal.step("settle")
    if old:
        rest = max(0.0, swap.jar.drain - swap.since_live())
        left = _drain(swap, old.slot, rest if now else 0.0)
        if left and rest and not now:
            return Soak.SOAKING
        _stop_and_remove(swap, old)
        swap.publish(OldStopped(old.name, left))
    swap.journal.done("settle")
    return Soak.SETTLED


def resume(swap: Swap) -> Occupant | None:
    """Finish or undo what a lost worker left: undone before the switch began, finished after it."""
    steps = swap.steps()
    if "start" not in steps:
        return None
    if "switch-back" in steps:
        _switch_back(swap, str(steps["switch-back"].data.get("reason", "")))
        return None
    new = swap.new()
    if "settle" in steps or ("live" in steps and new is not None):
        return new
    if "switch" in steps and "undo" not in steps and new is not None and new.running:
        _make_live(swap, new, swap.old())
        swap.publish(Recovered("finished: the new instance was healthy when the worker was lost, and serves now"))
        return new
    _undo(swap)
    swap.publish(Recovered("undone: the former instance serves, the new one was removed"))
    return None
