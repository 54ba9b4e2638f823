"""The swap: start new, wait for health, switch, drain the old; over `Slots`, whatever engine stands behind.

Journal steps, in order: `start` (slot, old, old_restart, tight; new and restarts where it goes back to an instance that
runs), `switch` (slot), `live` (at and boot, by `Timing`), then those of the soak (`soaking`). `undo` may follow any
step before `live`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace

from buildpacks.errors import DeploymentFailed, Failure, Unreachable
from buildsvc.engines import health
from buildsvc.engines.base import Journal, Publish, RollOut, Standing
from buildsvc.engines.leaving import announce, leave_at_once, left, rejoin
from buildsvc.engines.soaking import settle, switch_back
from buildsvc.engines.swap import (
    Swap,
    Timing,
    counted,
    drain,
    hold_and_stop,
    lasting,
    lost_claim,
    serve_with,
    stop_and_remove,
)
from buildsvc.engines.two_places import Occupant, Restart, Slots, other
from buildsvc.engines.warming import warm
from buildsvc.model.events import Event, Healthy, InstanceStarted, Recovered, Switched
from buildsvc.model.raised import warned

__all__ = ["Swap", "Timing", "bring_up", "resume", "return_to", "roll_out", "settle", "standing"]

log = logging.getLogger(__name__)


def roll_out(swap: Swap) -> Occupant:
    """Bring the new release live. Raises DeploymentFailed; the former instance then serves, nothing new is left."""
    slots, spec, journal = swap.slots, swap.spec, swap.journal
    slots.preflight(spec)
    active = slots.active()
    old, slot = swap.in_slot(active), other(active)
    tight = old is not None and slots.tight(spec, old)
    _refuse_if_cancelled(journal)
    restart = asdict(old.restart) if old else None
    told = {"old": old.id if old else None, "old_restart": restart, "tight": tight}
    journal.step("start", slot=slot, **told, **counted(swap))
    if old:
        announce(swap)
    try:
        _clear(swap, slot)
        if old and swap.jar.strategy == "stop-first":
            hold_and_stop(swap, old)
        new = slots.start(spec, slot)
        journal.done("start")
        swap.publish(InstanceStarted(new.name, slot))
        began = swap.timing.now()
        slots.wait_healthy(spec, new, journal.cancelled, swap.publish)
        swap.publish(Healthy(swap.timing.now() - began))
        warm(swap, new)
        _refuse_if_cancelled(journal)
        held = slots.connections(old.slot) if old and not _runs(swap, old) else 0
        journal.step("switch", slot=slot, held=held)
        with _looked_at(swap, new) as told_of:
            _make_live(swap, new, old)
    except Exception as error:
        if not lost_claim(error):
            _undo(swap, error)
        raise
    if old and tight:
        _stop_for_memory(swap, old)
    for event in told_of:
        swap.publish(event)
    return new


@contextmanager
def _looked_at(swap: Swap, new: Occupant) -> Iterator[list[Event]]:
    """Look at the new instance meanwhile, which takes as long as the switch does; what is to be told of it is there at
    the end of the block.
    """
    told: list[Event] = []
    with ThreadPoolExecutor(1) as aside:
        looking = aside.submit(swap.slots.report, swap.spec, new, told.append)
        yield told
    reason = looking.exception()
    if reason is not None:
        # It serves: what keeps a look from being taken must not take it back.
        log.warning("%s was not looked at: %s", new.name, reason)


def bring_up(slots: Slots, spec: RollOut, cancelled: Callable[[], bool], publish: Publish) -> bool:
    """See `Engine.bring_up`."""
    active, lasts = slots.active(), lasting(spec.component)
    mine = [o for o in slots.occupants() if o.release == spec.release]
    found = next((o for o in mine if o.slot == active), mine[-1] if mine else None)
    if found is None:
        return False
    if found.running and found.slot == active:
        if found.restart != lasts:
            slots.restart_policy(found, lasts)
        return True
    if not found.running:
        slots.revive(found)
        slots.wait_healthy(spec, found, cancelled, publish)
    slots.restart_policy(found, lasts)
    slots.release(found.slot)
    slots.switch(found.slot)
    return True


def standing(slots: Slots, spec: RollOut) -> Standing:
    """See `Engine.standing`."""
    found = _in_drain(slots, spec)
    if found is None:
        return Standing.NOTHING
    return Standing.READY if slots.same(spec, found) else Standing.OTHERWISE


def _in_drain(slots: Slots, spec: RollOut) -> Occupant | None:
    active = slots.active()
    behind = (o for o in slots.occupants() if active and o.slot == other(active))
    return next((o for o in behind if o.running and o.release == spec.release), None)


def return_to(swap: Swap) -> Occupant | None:
    """See `Engine.return_to`."""
    slots, spec, journal = swap.slots, swap.spec, swap.journal
    new, old = _in_drain(slots, spec), swap.in_slot(slots.active())
    if new is None or old is None or not slots.same(spec, new):
        return None
    if new.paused:
        slots.thaw(new)
        new = replace(new, paused=False)
    rejoined = rejoin(swap, new)
    # Spring's health says that it is out until it asks the registry again: that it answers has to be enough then.
    reason = None if rejoined and _answers(swap, new) else slots.failing(spec, new)
    if reason is not None:
        if rejoined:
            leave_at_once(swap, new)
        swap.publish(warned("undo-anew.health", component=spec.component.name, reason=reason))
        return None
    _refuse_if_cancelled(journal)
    kept = {"new": new.id, "restarts": new.restarts, "rejoined": rejoined, **counted(swap)}
    journal.step("start", slot=new.slot, old=old.id, old_restart=asdict(old.restart), **kept)
    try:
        journal.done("start")
        journal.step("switch", slot=new.slot)
        _make_live(swap, new, old)
    except Exception as error:
        if not lost_claim(error):
            _undo(swap, error)
        raise
    return new


def _answers(swap: Swap, occupant: Occupant) -> bool:
    return any(health.root_answers(token) for token in swap.slots.ask(swap.spec, occupant, "/", 1))


def _runs(swap: Swap, occupant: Occupant) -> bool:
    return any(one.id == occupant.id and one.running for one in swap.slots.occupants())


def _refuse_if_cancelled(journal: Journal) -> None:
    if journal.cancelled():
        raise DeploymentFailed("cancelled.before-switch")


def _clear(swap: Swap, slot: str) -> None:
    """Whatever is left in the free slot goes: an ended soak's old instance, or what a lost worker left."""
    for occupant in swap.slots.occupants():
        if occupant.slot == slot:
            stop_and_remove(swap, occupant)


def _make_live(swap: Swap, new: Occupant, old: Occupant | None) -> None:
    # Before the switch, which ends the session with the gateway: another one would cost a tenth of a second.
    passed = counted(swap)
    swap.slots.switch(new.slot)
    swap.slots.restart_policy(new, lasting(swap.spec.component))
    if old:
        swap.slots.restart_policy(old, Restart())
    swap.journal.done("switch")
    swap.journal.step("live", at=swap.timing.now(), boot=swap.timing.boot)
    swap.journal.done("live", **passed)
    swap.publish(Switched(new.slot))


def _stop_for_memory(swap: Swap, old: Occupant) -> None:
    name = swap.spec.component.name
    swap.publish(warned("memory-is-short", name=name))
    left(swap, old, wait=True)
    drain(swap, old.slot, swap.jar.drain)
    swap.slots.stop(old, swap.grace)


def _undo(swap: Swap, cause: Exception | None = None) -> None:
    """Back to how it was before `start`: the old instance serves with its restart policy, the new one is gone. Raises
    DeploymentFailed `former-not-started` where the old one had been stopped and does not start: then nothing serves,
    and nothing is under way.
    """
    if "start" not in swap.steps():
        return
    old, new = swap.old(), swap.new()
    swap.journal.step("undo")
    if old and old.running:
        serve_with(swap, old, swap.recorded_restart())
    if new:
        swap.slots.cut(new.slot)
        swap.slots.stop(new, 1.0)
        swap.slots.remove(new)
    # The old one may want what the new one had: a port of the host, a lock, the memory.
    lost = _start_again(swap, old) if old and not old.running else None
    swap.journal.done("undo")
    if lost is not None:
        reason = cause.as_value() if isinstance(cause, Failure) else str(cause or "")
        component = swap.spec.component.name
        tail = cause.log_tail if isinstance(cause, DeploymentFailed) else ()
        raise DeploymentFailed(
            "former-not-started", log_tail=tail, component=component, reason=reason, why=lost.as_value()
        ) from cause


def _start_again(swap: Swap, old: Occupant) -> Failure | None:
    """Start the old instance again; return the failure where it does not start: its requests are let go then, to be
    told that nothing serves.
    """
    try:
        swap.slots.revive(old)
    except Unreachable:
        raise
    except Failure as error:
        swap.slots.release(old.slot)
        return error
    serve_with(swap, old, swap.recorded_restart())
    return None


def resume(swap: Swap) -> Occupant | None:
    """Finish or undo what a lost worker left: undone before the switch began, finished after it."""
    steps = swap.steps()
    if "start" not in steps:
        return None
    if "switch-back" in steps:
        switch_back(swap, str(steps["switch-back"].data.get("reason", "")))
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
