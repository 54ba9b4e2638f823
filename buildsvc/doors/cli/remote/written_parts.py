"""A bundle's file in the making, whole or in parts, on the machine that asked for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Self

from buildpacks.archives.split_files import MOST_PARTS
from buildpacks.errors import Refused


def require_parts(output: Path, total: int, size: int | None) -> None:
    """Raise Refused `bad-part-size` where parts of `size` bytes would be more than are read again, and `stale-part`
    where one of an earlier bundle lies behind the last and would be read with them. `total` in bytes.
    """
    if size is None:
        return
    count = -(-total // size)
    if count > MOST_PARTS:
        raise Refused("bad-part-size.many", count=count, most=MOST_PARTS, least=-(-total // MOST_PARTS))
    stale = output.with_name(f"{output.name}.{count + 1:03}")
    if stale.exists():
        raise Refused("stale-part", file=str(stale), count=count)


class WrittenParts:
    """The file in the making: whole, or in parts of `size` bytes."""

    def __init__(self, output: Path, size: int | None) -> None:
        self._output, self._size = output, size
        self._made: list[Path] = []
        self._file: IO[bytes] | None = None
        self._room = 0
        self.at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._end()
        if kind is not None:
            for path in self._made:
                path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append, beginning another part where one is full."""
        while data:
            if self._file is None or self._room == 0:
                self._next()
            assert self._file is not None, "_next opened it"
            piece = data[: self._room]
            self._file.write(piece)
            self._room -= len(piece)
            self.at += len(piece)
            data = data[len(piece) :]

    def done(self) -> list[Path]:
        """Give every part its name, when it is on the disk: the disk may be one that is pulled out next."""
        final = []
        for path in self._made:
            final.append(path.with_name(path.name.removeprefix(".").removesuffix(".part")))
            path.replace(final[-1])
        return final

    def _next(self) -> None:
        self._end()
        name = self._output.name if self._size is None else f"{self._output.name}.{len(self._made) + 1:03}"
        path = self._output.with_name(f".{name}.part")
        self._made.append(path)
        self._file = path.open("wb")
        self._room = self._size or (1 << 62)

    def _end(self) -> None:
        if self._file is not None and not self._file.closed:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
