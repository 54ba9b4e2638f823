"""What a deployment records of itself for those who accept it: as events, among the others of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


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
