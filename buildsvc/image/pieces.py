"""Pieces of bytes as a file that can be read once, from its beginning to its end."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any


class Stream(io.RawIOBase):
    """What an engine or a network gives piece by piece, for whoever wants a file; nothing is kept."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
