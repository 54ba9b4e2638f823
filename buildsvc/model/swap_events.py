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


@dataclass(frozen=True)
class CallersFound:
    """Callers find the component in a registry too, past its gateway: which, where, under what name, and after how many
    seconds they know of a change there.
    """

    registry: str
    server: str
    name: str
    lag: float
    kind: Literal["callers-found"] = "callers-found"


@dataclass(frozen=True)
class RegistrySaw:
    """The registry has the new instance, so many seconds after the switch."""

    seconds: float
    lag: float
    kind: Literal["registry-saw"] = "registry-saw"


@dataclass(frozen=True)
class TakenOut:
    """Callers no longer get this instance from the registry; in `lag` seconds none calls it any more."""

    instance: str
    lag: float
    kind: Literal["taken-out"] = "taken-out"


@dataclass(frozen=True)
class PutBack:
    """Callers get this instance from the registry again, in `lag` seconds all of them."""

    instance: str
    seconds: float
    lag: float
    kind: Literal["put-back"] = "put-back"


SwapEvent = Warmed | CallersFound | RegistrySaw | TakenOut | PutBack
