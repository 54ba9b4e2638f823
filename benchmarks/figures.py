"""Figures of several rounds: the median to quote, and the spread beside it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Seconds (or MB) of each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.rounds):.2f}–{max(self.rounds):.2f})"


def ratio(ours: Figure, theirs: Figure) -> Figure:
    """Theirs by ours, round by round, so that a machine whose speed drifts drifts for both."""
    return Figure(tuple(their / own for own, their in zip(ours.rounds, theirs.rounds, strict=True)))


def table(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; the first row is its head."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
