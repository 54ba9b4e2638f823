"""What somebody wants of a component: that it stands still. Where nothing is said it is to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WHOLE = ""
"""Instead of a component's name: every component of the application."""


@dataclass(frozen=True)
class Stopped:
    """`until` ends a maintenance: from then on it is to run again; None is until somebody starts it."""

    application: str
    component: str
    by: str
    since: datetime
    until: datetime | None = None
    ran: tuple[str, ...] = ()
    """Image components that ran when it was stopped: some of them nobody but a start would start again."""

    def at(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def stop_of(stopped: Iterable[Stopped], component: str, now: datetime) -> Stopped | None:
    """Return what has a component stand still at this moment; None where it is to run."""
    return next((one for one in stopped if one.component in {WHOLE, component} and one.at(now)), None)


def is_still(stopped: Iterable[Stopped], component: str, now: datetime) -> bool:
    """Whether a component is wanted to stand still at this moment."""
    return stop_of(stopped, component, now) is not None
