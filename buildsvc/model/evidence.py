"""What a deployment records of itself for those who accept it: as events, among the others of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class StoodStill:
    """These components were stopped by somebody; `until` ends it, None is until somebody starts them."""

    components: tuple[str, ...]
    by: str
    until: datetime | None
    kind: Literal["stood-still"] = "stood-still"


@dataclass(frozen=True)
class BroughtUp:
    """These components did not run and do again: the gateway, the image component or the live release's instance."""

    components: tuple[str, ...]
    kind: Literal["brought-up"] = "brought-up"


@dataclass(frozen=True)
class FoundDown:
    """What the steward found, by component: why a repair began."""

    what: tuple[str, ...]
    kind: Literal["found-down"] = "found-down"


@dataclass(frozen=True)
class BesideContainer:
    """One container that a deployment leaves alone; `id` and `started` are the engine's own."""

    component: str
    role: str
    id: str
    started: datetime | None


@dataclass(frozen=True)
class Beside:
    """What ran beside the component when its deployment began (`before`), and at its end (`after`)."""

    moment: Literal["before", "after"]
    containers: tuple[BesideContainer, ...]
    kind: Literal["beside"] = "beside"
