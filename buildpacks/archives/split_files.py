"""A file, or the parts of a split one (`FILE.001`, `FILE.002`, …), read as one from any byte on."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from buildpacks.errors import NotFound, Refused

FIRST = ".001"
MOST_PARTS = 999
_PART = re.compile(r"\.[0-9]{3}")


class SplitFile:
    """Use `with`. Raises NotFound `no-such-file`, Refused `part-missing` where one lacks between two others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = ExitStack()
        self._parts: list[tuple[int, int, IO[bytes]]] = []

    def __enter__(self) -> Self:
        at = 0
        with ExitStack() as opening:
            for part in _parts(self.path):
                size = part.stat().st_size
                self._parts.append((at, size, opening.enter_context(part.open("rb"))))
                at += size
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return sum(size for _, size, _ in self._parts)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset` on; fewer at the end."""
        found = b""
        for start, length, file in self._parts:
            if size and start <= offset < start + length:
                file.seek(offset - start)
                data = file.read(min(size, start + length - offset))
                found += data
                offset += len(data)
                size -= len(data)
        return found


def _parts(path: Path) -> list[Path]:
    is_part = _PART.fullmatch(path.suffix) is not None
    # Any part may be named: whoever names the second one means all of them.
    if path.is_file() and not (is_part and path.with_suffix(FIRST).is_file()):
        return [path]
    stem = path.stem if is_part else path.name
    numbered = [path.with_name(f"{stem}.{number:03}") for number in range(1, MOST_PARTS + 1)]
    found = [part for part in numbered if part.is_file()]
    if not found:
        raise NotFound("no-such-file.bundle", path=str(path))
    if found != numbered[: len(found)]:
        raise Refused("part-missing", file=stem, parts=[one.name for one in found])
    return found
