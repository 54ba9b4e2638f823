"""Time and identifiers are handed in: what a clock and a maker of ids promise, and the real ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import uuid6


class Clock(Protocol):
    """`now` is an aware datetime in UTC."""

    def now(self) -> datetime: ...


class Ids(Protocol):
    """`new` is an identifier that was never given before; later ones sort behind earlier ones."""

    def new(self) -> str: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Uuid7Ids:
    """UUIDv7 (RFC 9562): sorts by the time it was made."""

    def new(self) -> str:
        return str(uuid6.uuid7())
