"""What really runs, as an engine sees it: one container or unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Literal

State = Literal["created", "running", "restarting", "paused", "exited", "dead"]


@dataclass(frozen=True)
class Instance:
    """`role` tells an instance of a jar component from its gateway and from an image component's container.

    `id` and `started` are the engine's own: unchanged means untouched. `slot` is blue or green for role instance.
    """

    id: str
    name: str
    application: str
    component: str
    role: Literal["instance", "gateway", "image"]
    state: State
    image: str
    started: datetime | None
    slot: str | None = None
    release: int | None = None
    deployment: str | None = None
    exit_code: int | None = None
    restarts: int = 0
    health: Literal["healthy", "unhealthy", "starting"] | None = None
    active: bool = False
    """True for the instance that the gateway sends requests to; always False for the other roles."""


KILLED = frozenset({128 + 9, 128 + 15, 255})
"""Exit codes of what got SIGKILL or SIGTERM, and of what an engine that was killed itself found ended."""


def was_killed(one: Instance) -> bool:
    """Whether it was ended from outside."""
    return one.state in {"exited", "dead"} and one.exit_code in KILLED


@dataclass(frozen=True)
class Snapshot:
    """What the engine last said of one application. `at` is when it said so, None where it never did."""

    application: str
    at: datetime | None
    engine: str
    instances: tuple[Instance, ...]
    problem: str = ""
    """Why nothing could be seen, when the engine did not answer; in English."""
    asked: datetime | None = None
    """When the observer last asked, answered or not; None where that was not written down."""
    problem_said: dict[str, Any] | None = None
    """The problem's sentence and its values."""

    def age(self, now: datetime) -> float:
        """Seconds since the engine said so; infinite where it never did."""
        return inf if self.at is None else (now - self.at).total_seconds()

    def silence(self, now: datetime) -> float:
        """Seconds since the observer last asked; infinite where it never did."""
        asked = self.asked or self.at
        return inf if asked is None else (now - asked).total_seconds()
