"""Callers that find a component in a registry reach its instances past the gateway: the old one leaves there first.

Order: the new one is healthy and the registry has it, callers get the time to learn of it, the old one is taken out,
callers get the time to learn of that, and only then is it stopped. All of it happens behind the switch, a look at a
time, and is written down: journal steps `registered` (at, in seconds since the switch; seen, concerned) and `take-out`
(at). A registry that does not answer is told of and ends no deployment.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from buildpacks.errors import Failure
from buildsvc.engines import health
from buildsvc.engines.registry import Registered, Registry, registry_of
from buildsvc.engines.registry.registered import SILENT, shown
from buildsvc.engines.swap import Swap
from buildsvc.engines.two_places import Occupant
from buildsvc.model.raised import warned
from buildsvc.model.registration import Registration
from buildsvc.model.swap_events import CallersFound, PutBack, RegistrySaw, TakenOut

SEEN_WITHIN = 90.0
"""Seconds from the switch in which a registry has the new instance, or answers at all: Eureka's own cache lasts 30, and
a client's first try may come after 40.
"""
PACE = 0.5
"""Seconds between two looks of somebody who waits."""


def announce(swap: Swap) -> None:
    """Tell where callers find the component, and how long they take."""
    told = swap.spec.registration
    if told is not None:
        swap.publish(CallersFound(told.kind, shown(told.servers[0]), told.name, told.lag))


def left(swap: Swap, old: Occupant | None, *, wait: bool = False) -> bool:
    """One look, and the next step where its time has come: whether nobody calls the old instance by a registry any
    more, as far as can be told. With `wait` that is waited for. Raises nothing of a registry's.
    """
    told = swap.spec.registration
    if told is None or old is None or not old.running:
        return True
    until = swap.timing.now() + SEEN_WITHIN + 2 * told.lag
    while not _looked(swap, told, old):
        if not wait or swap.timing.now() >= until:
            return wait
        swap.timing.sleep(PACE)
    return True


def rejoin(swap: Swap, occupant: Occupant) -> bool:
    """Callers get this instance again, where it was taken out: whether it was. How long that takes is told."""
    told = swap.spec.registration
    if told is None:
        return False
    began = swap.timing.now()

    def back(registry: Registry) -> bool:
        out = [one for one in _at(swap, registry, occupant) if one.state == "out"]
        for one in out:
            registry.put_back(one)
        return bool(out)

    rejoined = _tried(swap, told, back)
    if rejoined:
        swap.publish(PutBack(occupant.name, swap.timing.now() - began, told.lag))
    return rejoined


def just_rejoined(swap: Swap) -> bool:
    """Whether the instance that serves may say that it is out still: Spring's health repeats what the registry said of
    it when it asked last.
    """
    start, told = swap.steps().get("start"), swap.spec.registration
    return bool(told and start and start.data.get("rejoined") and swap.since_live() < told.lag)


def known(swap: Swap, old: Occupant) -> tuple[Registered, ...]:
    """Return what the registry has of an instance that was taken out; nothing where that was not done."""
    told = swap.spec.registration
    if told is None or not old.running or "take-out" not in swap.steps():
        return ()
    try:
        return _at(swap, registry_of(told, swap.slots.call), old)
    except Failure as failure:
        if failure.code != SILENT:
            raise
        return ()


def forget(swap: Swap, gone: tuple[Registered, ...]) -> None:
    """Leave nothing of one that has ended: the next one with its id would be out from the start."""
    told = swap.spec.registration
    if told is not None and gone:
        registry = registry_of(told, swap.slots.call)
        with suppress(Failure):
            for one in gone:
                registry.forget(one)


def leave_at_once(swap: Swap, occupant: Occupant) -> None:
    """Take a failing instance out; nobody waits for its callers."""
    told = swap.spec.registration
    if told is not None and _tried(swap, told, lambda registry: _take_out(swap, registry, occupant)):
        swap.publish(TakenOut(occupant.name, told.lag))


def _looked(swap: Swap, told: Registration, old: Occupant) -> bool:
    steps, now = swap.steps(), swap.since_live()
    if "take-out" in steps and steps["take-out"].done:
        return now >= _moment(steps["take-out"].data.get("at")) + told.lag
    if "registered" not in steps:
        _see(swap, told, old)
        steps = swap.steps()
        if "registered" not in steps:
            return False
    if not steps["registered"].data.get("concerned"):
        return True
    if steps["registered"].data.get("seen") and now < _moment(steps["registered"].data.get("at")) + told.lag:
        return False
    swap.journal.step("take-out", at=now)
    if not _tried(swap, told, lambda registry: _take_out(swap, registry, old)):
        swap.journal.done("take-out", at=now - told.lag)
        return True
    swap.journal.done("take-out", at=swap.since_live())
    swap.publish(TakenOut(old.name, told.lag))
    return False


def _see(swap: Swap, told: Registration, old: Occupant) -> None:
    """Write down that the registry has the new instance, or that it is no use to wait for that any longer."""
    new, over = swap.new(), swap.since_live() >= SEEN_WITHIN
    registry = registry_of(told, swap.slots.call)
    try:
        concerned = any(one.state == "up" for one in _at(swap, registry, old))
        there = _at(swap, registry, new) if new is not None else ()
        for one in there:
            if one.state == "out":
                # Its address was another one's before, which was taken out.
                registry.put_back(one)
    except Failure as failure:
        if failure.code != SILENT:
            raise
        if over:
            swap.publish(warned("registry-unheard", component=swap.spec.component.name, why=failure, name=told.name))
            _registered(swap, seen=False, concerned=False)
        return
    seen = any(one.state == "up" for one in there)
    if not concerned:
        _registered(swap, seen=seen, concerned=False)
    elif seen:
        _registered(swap, seen=True, concerned=True)
        swap.publish(RegistrySaw(swap.since_live(), told.lag))
    elif over:
        swap.publish(warned("registry-not-seen", component=swap.spec.component.name, name=told.name, limit=SEEN_WITHIN))
        _registered(swap, seen=False, concerned=True)


def _registered(swap: Swap, *, seen: bool, concerned: bool) -> None:
    swap.journal.step("registered", at=swap.since_live(), seen=seen, concerned=concerned)
    swap.journal.done("registered")


def _take_out(swap: Swap, registry: Registry, occupant: Occupant) -> bool:
    there = [one for one in _at(swap, registry, occupant) if one.state == "up"]
    for one in there:
        registry.take_out(one)
    return bool(there)


def _at(swap: Swap, registry: Registry, occupant: Occupant) -> tuple[Registered, ...]:
    return registry.find(swap.slots.addresses(occupant), health.discovery(swap.spec).main)


def _tried(swap: Swap, told: Registration, work: Callable[[Registry], bool]) -> bool:
    """Whether there was something to do and it was done; what hindered it is told."""
    try:
        return work(registry_of(told, swap.slots.call))
    except Failure as failure:
        if failure.code != SILENT:
            raise
        swap.publish(warned("registry-unheard", component=swap.spec.component.name, why=failure, name=told.name))
        return False


def _moment(told: object) -> float:
    return float(told) if isinstance(told, int | float) else 0.0
