"""What the proof of a kit measures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Sizes in bytes, times in seconds."""

    values: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Keep how long the block takes."""
        began = time.monotonic()
        yield
        self.values[name] = round(time.monotonic() - began, 1)
