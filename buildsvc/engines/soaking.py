"""The end of a swap: the soak is watched; the old instance goes, or it serves again, or the new one has to stay.

Journal steps: `look-failed` and `look-passed`, `keep`, then `settle`, or `switch-back` (reason, revive). Where the
former release does not start again, `stay` (why) comes behind `switch-back`: the new one is left as it is.
"""

from __future__ import annotations

import logging

from buildpacks.errors import DeploymentFailed, Failure, Unreachable
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import Wording, again, said_of
from buildsvc.engines import server_errors
from buildsvc.engines.base import Soak
from buildsvc.engines.leaving import forget, just_rejoined, known, leave_at_once, left, rejoin
from buildsvc.engines.swap import Swap, counted, drain, hold_and_stop, lasting, lost_claim, serve_with, stop_and_remove
from buildsvc.engines.two_places import Occupant
from buildsvc.model.application import KeptPaused
from buildsvc.model.events import OldStopped, SwitchedBack
from buildsvc.model.instance import KILLED
from buildsvc.model.raised import warned

PATIENCE = 3
"""Failing looks in a row that switch back."""
BACK_LIMIT = 5.0
"""Seconds that requests under way in a failing new instance get when the old one serves again."""

log = logging.getLogger(__name__)


def settle(swap: Swap, *, now: bool = False) -> Soak:
    """One look at a live deployment; see `Engine.settle`."""
    steps = swap.steps()
    if "switch-back" in steps:
        return switch_back(swap, again(steps["switch-back"].data.get("reason")))
    if "settle" in steps and steps["settle"].done:
        return Soak.SETTLED
    old = swap.old()
    gone = left(swap, old, wait=now)
    if now or "settle" in steps or (gone and swap.since_live() >= max(swap.jar.soak, _kept_for(swap, old))):
        return _end_soak(swap, old, now=now)
    if old and gone and swap.since_live() >= swap.jar.soak:
        return _keep(swap, old)
    reason = (trouble(swap) or server_errors.risen(swap)) if old else None
    return switch_back(swap, reason) if reason else Soak.SOAKING


def trouble(swap: Swap) -> str | None:
    """Say why to switch back: a crash at once, failing health after `PATIENCE` looks in a row."""
    new = swap.new()
    if new is None:
        return Wording("soak.gone")
    old = swap.old()
    both_ended = old is not None and not (old.running or new.running or new.restarts or swap.only_one_runs())
    if both_ended and new.exit_code in KILLED:
        # That was the host or its engine, and says nothing about the new release.
        return None
    ends = new.restarts - swap.restarts_before()
    if ends > 0:
        return Wording("soak.restarted", times=ends)
    if not new.running:
        return Wording("soak.ended", code=new.exit_code)
    reason = None if just_rejoined(swap) else swap.slots.failing(swap.spec, new)
    looks = [step for step in swap.journal.steps() if step.name in {"look-failed", "look-passed"}]
    failed_before = bool(looks) and looks[-1].name == "look-failed"
    if reason is None:
        if failed_before:
            swap.journal.step("look-passed")
            swap.journal.done("look-passed")
        return None
    count = int(str(looks[-1].data["count"])) + 1 if failed_before else 1
    swap.journal.step("look-failed", count=count, reason=plain(reason))
    swap.journal.done("look-failed")
    return Wording("soak.unhealthy", count=count, reason=reason) if count >= PATIENCE else None


def _kept_for(swap: Swap, old: Occupant | None) -> float:
    """Seconds from the switch; one that does not run is not kept."""
    return swap.jar.kept_for if old and old.running else 0.0


def _keep(swap: Swap, old: Occupant) -> Soak:
    """Behind the soak the old instance carries nothing any more, and nobody switches back to it by themselves."""
    kept = swap.steps().get("keep")
    if kept is None:
        if swap.slots.connections(old.slot) and swap.since_live() < swap.jar.drain:
            return Soak.SOAKING
        swap.journal.step("keep")
    if kept is None or not kept.done:
        swap.slots.cut(old.slot)
        if isinstance(swap.jar.keep, KeptPaused):
            _pause(swap, old)
        swap.journal.done("keep", **counted(swap))
    return Soak.KEPT


def _pause(swap: Swap, old: Occupant) -> None:
    """Freeze it. Where that fails it is told; whoever asks for the next look asks for no keeping any more."""
    try:
        swap.slots.pause(old)
    except Unreachable:
        raise
    except Failure as error:
        name = swap.spec.component.name
        swap.publish(warned("keep-not-paused.engine", component=name, reason=error.message))


def switch_back(swap: Swap, reason: str) -> Soak:
    """Let the old instance serve again, and the new one go. May be called again at any point. Raises DeploymentFailed
    `switch-back-failed` where the old one does not start; the new one is then left as it is, and nothing is under way.
    """
    steps, old = swap.steps(), swap.old()
    if "switch-back" in steps and steps["switch-back"].done:
        return Soak.SWITCHED_BACK
    if "switch-back" not in steps:
        swap.journal.step("switch-back", reason=plain(reason), revive=old is None or not old.running)
    if "stay" in steps:
        _stay(swap, again(steps["stay"].data.get("why")))
    if swap.steps()["switch-back"].data.get("revive"):
        _revive(swap, old)
    if old:
        rejoin(swap, old)
        serve_with(swap, old, swap.recorded_restart())
    new = swap.new()
    if new:
        leave_at_once(swap, new)
        drain(swap, new.slot, BACK_LIMIT)
        stop_and_remove(swap, new)
    swap.journal.done("switch-back", **counted(swap))
    swap.publish(SwitchedBack(str(reason), old.release if old else None, reason_said=said_of(reason)))
    return Soak.SWITCHED_BACK


def _revive(swap: Swap, old: Occupant | None) -> None:
    """Start the old instance again and wait until it is healthy. What it may share with the new one (a port, a file's
    lock, the memory) is free before.
    """
    new = swap.new()
    if new and swap.only_one_runs():
        hold_and_stop(swap, new)
    try:
        if old is None:
            raise DeploymentFailed("former-gone")
        if not old.running:
            swap.slots.revive(old)
        swap.slots.wait_healthy(swap.spec, old, lambda: False, swap.publish)
    except Failure as error:
        if isinstance(error, Unreachable) or lost_claim(error):
            raise
        why = again(error.as_value())
        swap.journal.step("stay", why=plain(why))
        _stay(swap, why)


def _stay(swap: Swap, why: str) -> None:
    """Let the new instance stay the one that gets the requests, in whatever state it is. Raises DeploymentFailed."""
    old, new = swap.old(), swap.new()
    if old:
        stop_and_remove(swap, old)
    if new:
        if not new.running and swap.only_one_runs():
            _start_if_it_can(swap, new)
        serve_with(swap, new, lasting(swap.spec.component))
    swap.journal.done("stay")
    reason = again(swap.steps()["switch-back"].data.get("reason"))
    raise DeploymentFailed("switch-back-failed", component=swap.spec.component.name, reason=reason, why=why)


def _start_if_it_can(swap: Swap, occupant: Occupant) -> None:
    try:
        swap.slots.revive(occupant)
    except Unreachable:
        raise
    except Failure as error:
        log.warning("%s does not start again either: %s", occupant.name, error)


def _end_soak(swap: Swap, old: Occupant | None, *, now: bool) -> Soak:
    """Let the old instance go once its connections are gone. The drain limit counts from the switch, so a soak that is
    longer leaves nothing to wait for; `now` waits for what is left of it here.
    """
    if "settle" not in swap.steps():
        swap.journal.step("settle")
    if old:
        rest = max(0.0, swap.jar.drain - swap.since_live())
        left = drain(swap, old.slot, rest if now else 0.0)
        if left and rest and not now:
            return Soak.SOAKING
        registered = known(swap, old)
        stop_and_remove(swap, old)
        forget(swap, registered)
        swap.publish(OldStopped(old.name, left))
    swap.journal.done("settle", **counted(swap))
    return Soak.SETTLED
