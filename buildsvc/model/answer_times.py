"""How long answers took, as counts below bounds: what a gateway can keep of every request in a few hundred bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BOUNDS = (
    *(1, 2, 3, 4, 5, 7, 9, 12, 16, 21),
    *(28, 37, 50, 66, 88, 117, 156, 208, 277, 368, 490, 652),
    *(870, 1160, 1540, 2050, 2730, 3640, 4850, 6460, 8600),
)
"""Milliseconds. Each is a third above the one before it: that exact is what is read from the counts."""
BEYOND = "+"

Counts = Mapping[str, int]
"""How many answers took less than a bound and no less than the one before it, by the bound, sparse; `BEYOND` for those
that no bound is above. What is written down says itself by which bounds it was counted.
"""


@dataclass(frozen=True)
class AnswerTimes:
    """Seconds that so many in a hundred answers took at most; None where the last bound was not enough. `moment` is
    before (the minute before the deployment), during (until the switch) or after (from then on).
    """

    moment: str
    answers: int
    p50: float | None
    p95: float | None
    p99: float | None


def times(moment: str, counts: Counts) -> AnswerTimes | None:
    """Read the percentiles; None where nothing was answered."""
    answers = sum(counts.values())
    if answers <= 0:
        return None
    return AnswerTimes(moment, answers, *(_below(counts, answers * share) for share in (0.5, 0.95, 0.99)))


def since(before: Counts, after: Counts) -> Counts:
    """Return what came between two counts; nothing where they were begun anew meanwhile."""
    passed = {bound: after.get(bound, 0) - before.get(bound, 0) for bound in {*before, *after}}
    return passed if all(count >= 0 for count in passed.values()) else {}


def counts_of(told: object) -> Counts:
    """Read counts that were written down; nothing where they are none."""
    if not isinstance(told, Mapping):
        return {}
    return {str(bound): count for bound, count in told.items() if isinstance(count, int)}


def _below(counts: Counts, wanted: float) -> float | None:
    seen = 0
    for bound, count in sorted(counts.items(), key=lambda one: (one[0] == BEYOND, one[0].zfill(9))):
        seen += count
        if count > 0 and seen >= wanted:
            return None if bound == BEYOND else int(bound) / 1000
    return None
