"""What happens around the switch of a swap, beside the steps that every swap has: events, as `events` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class WarmAnswer:
    """One path that the new instance was asked for before it served: the HTTP status of its first answer (0: none), how
    long that took and how long the later ones did, in seconds each.
    """

    path: str
    status: int
    first: float
    later: float


@dataclass(frozen=True)
class Warmed:
    """`left` names the paths that the time did not suffice for."""

    answers: tuple[WarmAnswer, ...]
    seconds: float
    left: tuple[str, ...] = ()
    kind: Literal["warmed"] = "warmed"


SwapEvent = Warmed
