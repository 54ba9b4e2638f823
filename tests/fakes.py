"""Fakes that stand for what is handed in: a clock that is set, ids that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SettableClock:
    """Stands still until told otherwise."""

    def __init__(self, start: datetime | None = None) -> None:
        self.time = start or datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class CountingIds:
    """`id-0001`, `id-0002`, …"""

    def __init__(self, prefix: str = "id") -> None:
        self.prefix = prefix
        self.given = 0

    def new(self) -> str:
        self.given += 1
        return f"{self.prefix}-{self.given:04d}"
