"""The first release of a component that was adopted: its container gives its ports and names up to a gateway.

The new instance is started beside the container and made healthy through a gateway that has neither names nor ports, so
a version that does not start interrupts nothing. Only then the container is stopped (it is kept) and a gateway with the
component's names and ports takes its place: that is the gap. Whatever fails until the soak is over gives them back.

Journal steps: `take-over` (container, restart, ran) before everything of the swap, done with `gap`; `give-back`
(reason) may follow it at any time.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

from buildpacks.errors import DeploymentFailed, Failure, Unreachable
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import again, said_of
from buildsvc.engines import blue_green, soaking
from buildsvc.engines.base import Soak
from buildsvc.engines.swap import Swap, lost_claim
from buildsvc.engines.two_places import Occupant, Restart
from buildsvc.model.adoption_events import AdoptedBack, GatewayPutIn
from buildsvc.model.deployment import Step
from buildsvc.model.events import Recovered, SwitchedBack
from buildsvc.model.raised import warned

TAKE_OVER, GIVE_BACK = "take-over", "give-back"


class AdoptedPlace(Protocol):
    """An adopted container and the gateway that comes in its place. Every call may be said again."""

    @property
    def name(self) -> str:
        """Return the container's name."""

    def occupant(self) -> Occupant | None:
        """Return the container as what stands there; None where it is gone. Its slot is nobody's."""

    def stop(self, grace: float) -> None:
        """End it; nothing starts it again. It is kept."""

    def start(self, policy: Restart) -> None:
        """Let it run again, with its ports, and be started again by this policy. Raises Failure where it does not."""

    def try_gateway(self) -> None:
        """Make a gateway of the component without names and ports."""

    def prepare_gateway(self, slot: str) -> None:
        """Make the one that has them, which sends requests to `slot`; it is not started."""

    def put_gateway_in(self, slot: str) -> None:
        """Start it, and return when it serves; the one without names and ports is gone then."""

    def take_gateways_away(self) -> None: ...


def roll_out(place: AdoptedPlace | None, swap: Swap) -> Occupant:
    """Bring the release live, in the place of the adopted container where that is there. Raises DeploymentFailed; the
    container then runs with its ports and names as before, and nothing new is left.
    """
    former = place.occupant() if place is not None else None
    if place is None or former is None:
        return blue_green.roll_out(swap)
    swap.journal.step(TAKE_OVER, container=former.id, restart=asdict(former.restart), ran=former.running)
    try:
        place.try_gateway()
        began = _stop_at_once(place, swap, former)
        new = blue_green.roll_out(swap)
        place.prepare_gateway(new.slot)
        if began is None:
            began = _stop(place, swap)
        place.put_gateway_in(new.slot)
    except Exception as error:
        if not lost_claim(error):
            _give_back(place, swap, error)
        raise
    gap = swap.timing.now() - began
    swap.journal.done(TAKE_OVER, gap=gap)
    swap.publish(GatewayPutIn(swap.spec.component.name, place.name, gap))
    return new


def settle(place: AdoptedPlace | None, swap: Swap, *, now: bool = False) -> Soak:
    """Look at a live deployment as `blue_green.settle` does; what fails in its soak gives the container its ports."""
    taken = _last(swap, TAKE_OVER)
    if place is None or taken is None:
        return blue_green.settle(swap, now=now)
    begun = _last(swap, GIVE_BACK)
    if begun is not None and begun.done:
        return Soak.SWITCHED_BACK
    reason = again(begun.data.get("reason")) if begun is not None else None
    if reason is None and not now and "settle" not in swap.steps():
        reason = soaking.trouble(swap)
    if reason is None:
        return blue_green.settle(swap, now=now)
    _give_back(place, swap, reason)
    swap.publish(SwitchedBack(str(reason), None, reason_said=said_of(reason)))
    return Soak.SWITCHED_BACK


def resume(place: AdoptedPlace | None, swap: Swap) -> Occupant | None:
    """Finish what a lost worker left, where the gateway was in; otherwise undo it all."""
    taken = _last(swap, TAKE_OVER)
    if place is None or taken is None:
        return blue_green.resume(swap)
    if taken.done and _last(swap, GIVE_BACK) is None:
        return blue_green.resume(swap)
    _give_back(place, swap, Failure("worker-lost"))
    swap.publish(Recovered("undone: the adopted container serves, the new instance was removed"))
    return None


def _stop_at_once(place: AdoptedPlace, swap: Swap, former: Occupant) -> float | None:
    """Stop the container before the new instance starts, where both may not run; when that began, None otherwise."""
    tight = swap.slots.tight(swap.spec, former)
    if tight:
        swap.publish(warned("adopted-memory", component=swap.spec.component.name, container=place.name))
    return _stop(place, swap) if tight or swap.jar.strategy == "stop-first" else None


def _stop(place: AdoptedPlace, swap: Swap) -> float:
    began = swap.timing.now()
    place.stop(swap.grace)
    return began


def _give_back(place: AdoptedPlace, swap: Swap, why: Exception | str) -> None:
    """Take away all that is new, and start the container again. Raises DeploymentFailed `former-not-started`."""
    began = swap.timing.now()
    if _last(swap, GIVE_BACK) is None:
        swap.journal.step(GIVE_BACK, reason=plain(why))
    for occupant in swap.slots.occupants():
        swap.slots.restart_policy(occupant, Restart())
        swap.slots.stop(occupant, 1.0)
        swap.slots.remove(occupant)
    place.take_gateways_away()
    former, taken = place.occupant(), _last(swap, TAKE_OVER)
    # One that somebody had stopped before stays so.
    ran = taken is None or bool(taken.data.get("ran", True))
    stood = former is not None and not former.running and ran
    if former is not None and ran:
        _start(place, swap, why)
    swap.journal.done(GIVE_BACK)
    if stood:
        swap.publish(AdoptedBack(swap.spec.component.name, place.name, swap.timing.now() - began))


def _start(place: AdoptedPlace, swap: Swap, why: Exception | str) -> None:
    try:
        taken = _last(swap, TAKE_OVER)
        place.start(swap.read_restart(taken.data.get("restart") if taken is not None else None))
    except Unreachable:
        raise
    except Failure as error:
        component = swap.spec.component.name
        raise DeploymentFailed("former-not-started", component=component, reason=why, why=error) from error


def _last(swap: Swap, name: str) -> Step | None:
    """Return the last step of this name, of the whole journal: what is undone in the swap undoes no taking over."""
    return next((step for step in reversed(swap.journal.steps()) if step.name == name), None)
