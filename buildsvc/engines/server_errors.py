"""Whether a new release answers more requests with server errors than the former one did, by the gateway's counters."""

from __future__ import annotations

from collections.abc import Mapping

from buildpacks.sentences.wording import Wording
from buildsvc.engines.swap import Swap
from buildsvc.engines.two_places import SlotCounters, other

FEWEST = 20
"""Answers of 5xx below which nothing is concluded."""
TIMES = 5.0
"""How many times the former rate is a rise."""
SHARE = 0.01
"""The least share of the requests: a busy component has some errors that no release is to blame for."""


def risen(swap: Swap) -> str | None:
    """Say why to switch back: since the switch the new slot has answered `FEWEST` requests or more with 5xx, a `SHARE`
    of them or more, and `TIMES` as often as the former slot before. None where not, or where nobody counted.
    """
    start, live = swap.steps().get("start"), swap.steps().get("live")
    if not swap.jar.watch_errors or start is None or live is None:
        return None
    slot = str(start.data.get("slot", ""))
    now, then = swap.slots.traffic(), _recorded(live.data.get("traffic"))
    if now is None or slot not in then or slot not in now.slots:
        return None
    requests = now.slots[slot].requests - then[slot].requests
    failures = now.slots[slot].errors - then[slot].errors
    if failures < FEWEST or requests <= 0 or failures < SHARE * requests:
        return None
    former = then.get(other(slot), SlotCounters(0, 0))
    rate, before = failures / requests, former.errors / former.requests if former.requests else 0.0
    if rate < TIMES * before:
        return None
    return Wording("soak.server-errors", failures=failures, requests=requests, before=f"{before:.1%}")


def _recorded(told: object) -> dict[str, SlotCounters]:
    """Read what the journal says of the moment of the switch; nothing where an earlier version wrote it."""
    slots = told.get("slots") if isinstance(told, Mapping) else None
    if not isinstance(slots, Mapping):
        return {}
    return {name: SlotCounters(int(one["requests"]), int(one["errors"])) for name, one in slots.items()}
