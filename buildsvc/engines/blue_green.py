"""The swap: start new, wait for health, switch, drain the old; over `Slots`, whatever engine stands behind.

Journal steps, in order: `start` (slot, instance, old, old_restart), `switch` (slot), `live` (at, seconds since 1970),
then `look-failed`/`look-passed` during the soak, `switch-back` or `settle`. `undo` may follow any of the first two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buildpacks.errors import Conflict, DeploymentFailed
from buildsvc.engines.base import Journal, Occupant, Publish, RollOut, Slots, Soak
from buildsvc.engines.gateway import other
from buildsvc.model.deployment import Step
from buildsvc.model.events import Healthy, InstanceStarted, OldStopped, Recovered, Switched, SwitchedBack, Warned

NO_RESTART: Mapping[str, object] = {"Name": "no", "MaximumRetryCount": 0}
PATIENCE = 3
"""Failing looks in a row that switch back."""
DEFAULT_GRACE = 30.0
"""Seconds from SIGTERM to SIGKILL where the component says nothing: Spring's own shutdown phase lasts 30."""

Clock = Callable[[], float]
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Timing:
    """Seconds since 1970, and how to wait; handed in, so that tests need not."""

    now: Clock
    sleep: Sleep


def grace(spec: RollOut) -> float:
    told = spec.component.stop_grace_period
    return DEFAULT_GRACE if told is None else told


def _settings(spec: RollOut) -> tuple[float, float, bool]:
    """(soak, drain, stop-first)."""
    jar = spec.component.jar
    return (jar.soak, jar.drain, jar.strategy == "stop-first") if jar else (60.0, 30.0, False)


def _steps(journal: Journal) -> dict[str, Step]:
    """The last step of each name since the last undoing that was finished."""
    found: dict[str, Step] = {}
    for step in journal.steps():
        found[step.name] = step
        if step.name == "undo" and step.done:
            found.clear()
    return found


def _in(slots: Slots, slot: str | None) -> Occupant | None:
    return next((o for o in slots.occupants() if o.slot == slot), None)


def _mine(slots: Slots, journal: Journal) -> Occupant | None:
    return next((o for o in slots.occupants() if o.deployment == journal.deployment), None)


def roll_out(slots: Slots, spec: RollOut, journal: Journal, publish: Publish, timing: Timing) -> Occupant:
    """Bring `spec` live. Raises DeploymentFailed; the former instance then serves as before, nothing new is left."""
    slots.preflight(spec)
    old = _in(slots, slots.active())
    slot = other(slots.active())
    tight = old is not None and slots.tight(spec)
    _refuse_if_cancelled(journal)
    journal.step("start", slot=slot, old=old.id if old else None, old_restart=dict(old.restart) if old else None)
    try:
        _clear(slots, slot, old)
        _stop_first(slots, spec, old)
        new = slots.start(spec, slot)
        journal.done("start")
        publish(InstanceStarted(new.name, slot))
        began = timing.now()
        slots.wait_healthy(spec, new, journal.cancelled, publish)
        publish(Healthy(timing.now() - began))
        _refuse_if_cancelled(journal)
        journal.step("switch", slot=slot)
        _make_live(slots, spec, new, old)
        journal.done("switch")
    except BaseException as error:
        if not (isinstance(error, Conflict) and error.code == "lost-claim"):
            _undo(slots, journal)
        raise
    publish(Switched(slot))
    _mark_live(journal, timing)
    if old and tight:
        _stop_now(slots, spec, old, publish)
    return new


def _refuse_if_cancelled(journal: Journal) -> None:
    if journal.cancelled():
        raise DeploymentFailed(
            "cancelled", "The deployment was cancelled before the switch; the former release serves."
        )


def _clear(slots: Slots, slot: str, old: Occupant | None) -> None:
    """Whatever is left in the free slot goes: an ended soak's old instance, or what a lost worker left."""
    for occupant in slots.occupants():
        if occupant.slot == slot and (old is None or occupant.id != old.id):
            slots.cut(slot)
            slots.stop(occupant, DEFAULT_GRACE)
            slots.remove(occupant)


def _stop_first(slots: Slots, spec: RollOut, old: Occupant | None) -> None:
    _, _, stop_first = _settings(spec)
    if stop_first and old:
        slots.hold(old.slot)
        slots.restart_policy(old, NO_RESTART)
        slots.stop(old, grace(spec))


def _make_live(slots: Slots, spec: RollOut, new: Occupant, old: Occupant | None) -> None:
    slots.switch(new.slot)
    slots.restart_policy(new, slots.lasting_policy(spec))
    if old:
        slots.restart_policy(old, NO_RESTART)


def _mark_live(journal: Journal, timing: Timing) -> None:
    journal.step("live", at=timing.now())
    journal.done("live")


def _stop_now(slots: Slots, spec: RollOut, old: Occupant, publish: Publish) -> None:
    publish(
        Warned(
            "memory-is-short",
            f"The host's memory has no room for both instances of {spec.component.name}, so the old one was stopped.",
            "Switching back within the soak will interrupt until it has started again.",
        )
    )
    slots.stop(old, grace(spec))


def _undo(slots: Slots, journal: Journal) -> None:
    """Back to how it was before `start`: the old instance serves with its restart policy, the new one is gone."""
    start = _steps(journal).get("start")
    if start is None:
        return
    journal.step("undo")
    old = next((o for o in slots.occupants() if o.id == start.data.get("old")), None)
    new = _mine(slots, journal)
    if old:
        _bring_back(slots, old, start)
    if new:
        slots.stop(new, 1)
        slots.remove(new)
    journal.done("undo")


def _bring_back(slots: Slots, old: Occupant, start: Step) -> None:
    policy = start.data.get("old_restart")
    if isinstance(policy, Mapping):
        slots.restart_policy(old, policy)
    if not old.running:
        slots.revive(old)
    slots.release(old.slot)
    if slots.active() != old.slot:
        slots.switch(old.slot)


def settle(
    slots: Slots, spec: RollOut, journal: Journal, publish: Publish, timing: Timing, *, now: bool = False
) -> Soak:
    """One look at a live deployment; see `Engine.settle`."""
    steps = _steps(journal)
    if "switch-back" in steps:
        return _switch_back(slots, spec, journal, publish, timing, str(steps["switch-back"].data.get("reason", "")))
    if "settle" in steps and steps["settle"].done:
        return Soak.SETTLED
    live = steps.get("live")
    since = timing.now() - float(str(live.data["at"])) if live else 0.0
    soak, drain, _ = _settings(spec)
    new = _mine(slots, journal)
    old = _in(slots, other(new.slot)) if new else None
    if not now and since < soak and "settle" not in steps:
        reason = _trouble(slots, spec, journal, new) if old else None
        if reason is None:
            return Soak.SOAKING
        return _switch_back(slots, spec, journal, publish, timing, reason)
    return _end_soak(slots, spec, journal, publish, timing, old, wait=max(0.0, drain - since) if now else 0.0)


def _trouble(slots: Slots, spec: RollOut, journal: Journal, new: Occupant | None) -> str | None:
    """Why to switch back: a crash at once, failing health after `PATIENCE` looks in a row."""
    if new is None:
        return "the new instance is gone"
    if not new.running or new.restarts:
        return f"the new instance ended with exit code {new.exit_code}"
    reason = slots.failing(spec, new)
    looks = [step for step in journal.steps() if step.name in {"look-failed", "look-passed"}]
    failed = looks and looks[-1].name == "look-failed"
    if reason is None:
        if failed:
            journal.step("look-passed")
            journal.done("look-passed")
        return None
    count = int(str(looks[-1].data.get("count", 0))) + 1 if failed else 1
    journal.step("look-failed", count=count, reason=reason)
    journal.done("look-failed")
    return f"its health failed {count} times in a row: {reason}" if count >= PATIENCE else None


def _switch_back(slots: Slots, spec: RollOut, journal: Journal, publish: Publish, timing: Timing, reason: str) -> Soak:
    """The old instance serves again, the new one goes. May be called again at any point."""
    steps = _steps(journal)
    if "switch-back" in steps and steps["switch-back"].done:
        return Soak.SWITCHED_BACK
    start = steps["start"]
    if "switch-back" not in steps:
        journal.step("switch-back", reason=reason)
    old = next((o for o in slots.occupants() if o.id == start.data.get("old")), None)
    new = _mine(slots, journal)
    if old:
        if not old.running:
            slots.revive(old)
            slots.wait_healthy(spec, old, lambda: False, publish)
        _bring_back(slots, _in(slots, old.slot) or old, start)
    if new:
        _drain(slots, new.slot, timing, 5.0)
        slots.cut(new.slot)
        slots.stop(new, grace(spec))
        slots.remove(new)
    journal.done("switch-back")
    publish(SwitchedBack(reason, old.release if old else None))
    return Soak.SWITCHED_BACK


def _drain(slots: Slots, slot: str, timing: Timing, limit: float) -> int:
    """Wait until a slot has no connection, `limit` seconds at most; returns how many are left."""
    until = timing.now() + limit
    while (left := slots.connections(slot)) and timing.now() < until:
        timing.sleep(0.2)
    return left


def _end_soak(
    slots: Slots,
    spec: RollOut,
    journal: Journal,
    publish: Publish,
    timing: Timing,
    old: Occupant | None,
    *,
    wait: float,
) -> Soak:
    """The drain limit counts from the switch, so a soak that is longer leaves nothing to wait for."""
    journal.step("settle")
    if old:
        _, drain, _ = _settings(spec)
        left = _drain(slots, old.slot, timing, wait) if wait else slots.connections(old.slot)
        if left and not wait and not _drain_over(journal, timing, drain):
            return Soak.SOAKING
        slots.cut(old.slot)
        slots.restart_policy(old, NO_RESTART)
        slots.stop(old, grace(spec))
        slots.remove(old)
        publish(OldStopped(old.name, left))
    journal.done("settle")
    return Soak.SETTLED


def _drain_over(journal: Journal, timing: Timing, drain: float) -> bool:
    live = _steps(journal).get("live")
    return live is None or timing.now() - float(str(live.data["at"])) >= drain


def resume(slots: Slots, spec: RollOut, journal: Journal, publish: Publish, timing: Timing) -> Occupant | None:
    """Finish or undo what a lost worker left: undone before the switch began, finished after it."""
    steps = _steps(journal)
    if "start" not in steps:
        return None
    new = _mine(slots, journal)
    if "switch-back" in steps:
        reason = str(steps["switch-back"].data.get("reason", ""))
        _switch_back(slots, spec, journal, publish, timing, reason)
        return None
    if "live" in steps and new is not None:
        return new
    if "switch" in steps and new is not None and new.running and "undo" not in steps:
        old = next((o for o in slots.occupants() if o.id == steps["start"].data.get("old")), None)
        _make_live(slots, spec, new, old)
        journal.done("switch")
        _mark_live(journal, timing)
        publish(Recovered("finished: the new instance was healthy when the worker was lost, and serves now"))
        publish(Switched(new.slot))
        return new
    _undo(slots, journal)
    publish(Recovered("undone: the former instance serves, the new one was removed"))
    return None
