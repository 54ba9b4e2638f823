"""What is asked of past deployments, and how long each of their stages took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class DeploymentFilter:
    """Which deployments are meant; what is None or empty leaves nothing out. `among`: only these applications.

    `before` is a deployment's id: only those that were made before it. `since` counts, `until` does not.
    """

    application: str | None = None
    component: str | None = None
    actor: str | None = None
    door: str | None = None
    causes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    among: tuple[str, ...] | None = None


@dataclass(frozen=True)
class StageTiming:
    """One stage of a deployment. `at` is when it was reached, None while it was not; `seconds` passed since the stage
    before. `expected` is what that took lately, the median; None where it is not known.
    """

    stage: str
    at: datetime | None
    seconds: float | None
    expected: float | None


@dataclass(frozen=True)
class TimingView:
    """How long a deployment took, and is expected to take. Seconds from its beginning until it served: `seconds` its
    own, None before that; `expected` the median of the last `of` deployments of the same component and cause that
    served. `deadline` is how many seconds its instance has to become healthy, None where it has none.
    """

    seconds: float | None
    expected: float | None
    of: int
    deadline: float | None
    stages: tuple[StageTiming, ...]
