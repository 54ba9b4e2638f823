"""What the instances of a component used in the last hour: what `GET …/components/{c}/usage` answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class UsageSample:
    """One reading of one instance: `memory` in bytes, `cpu` seconds of processor time since it started."""

    application: str
    component: str
    instance: str
    name: str
    at: datetime
    memory: int
    cpu: float
    limit: int | None = None


@dataclass(frozen=True)
class UsagePoint:
    """`memory` in bytes; `cores` that were busy on average since the reading before, None for the first."""

    at: datetime
    memory: int
    cores: float | None


@dataclass(frozen=True)
class InstanceUsage:
    """The readings of one instance, oldest first; `limit` is the memory that it may use, in bytes."""

    instance: str
    name: str
    limit: int | None
    points: tuple[UsagePoint, ...]


@dataclass(frozen=True)
class UsageView:
    """`every` is the seconds between two readings; what is older than `kept` seconds is forgotten."""

    every: float
    kept: float
    instances: tuple[InstanceUsage, ...]
