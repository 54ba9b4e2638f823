"""What bytes come from, whoever sends them."""

from __future__ import annotations

from typing import Protocol


class Readable(Protocol):
    """Anything that bytes are read from: a request's stream, a file, a form on its way out."""

    def read(self, size: int, /) -> bytes:
        """Read the next bytes, `size` at most; empty only at the end."""
        ...
