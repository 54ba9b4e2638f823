"""A bundle's file as the laptop reads it: what is where, no more. Whether it is right, the service says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from buildpacks.errors import NotFound, Refused

_BLOCK = 512
_CHUNK = 1 << 20
_FIRST = ".001"
_LARGEST_DOCUMENT = 64 << 20


@dataclass(frozen=True)
class TarSection:
    """One file of the tar: where its content begins, and how long it is (bytes)."""

    name: str
    offset: int
    size: int


class BundleParts:
    """One file, or the parts of a split one, read as one. Use `with`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = ExitStack()
        self._files: list[tuple[int, int, IO[bytes]]] = []

    def __enter__(self) -> Self:
        at = 0
        with ExitStack() as opening:
            for part in _found(self.path):
                size = part.stat().st_size
                self._files.append((at, size, opening.enter_context(part.open("rb"))))
                at += size
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset` on; fewer at the end."""
        found = b""
        for start, length, file in self._files:
            if size and start <= offset < start + length:
                file.seek(offset - start)
                data = file.read(min(size, start + length - offset))
                found += data
                offset += len(data)
                size -= len(data)
        return found

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        """`size` bytes from `offset` on, a MiB at a time; fewer where the file ends."""
        while size and (data := self.read(offset, min(size, _CHUNK))):
            yield data
            offset += len(data)
            size -= len(data)


def document_of(parts: BundleParts) -> bytes:
    """The bytes of `app.json`, which stands first. Raises Refused `not-a-bundle`."""
    first = next(sections(parts), None)
    if first is None or first.name != "app.json" or first.size > _LARGEST_DOCUMENT:
        raise Refused("not-a-bundle", file=parts.path.name)
    return parts.read(first.offset, first.size)


def sections(parts: BundleParts) -> Iterator[TarSection]:
    """Every file of the tar. Ends where the tar ends, or where it is damaged."""
    at, large = 0, None
    while len(block := parts.read(at, _BLOCK)) == _BLOCK and block.strip(b"\0"):
        digits = block[124:136].strip(b"\0 ")
        if not digits.isdigit():
            return
        size = int(digits, 8)
        if block[156:157] == b"x":
            large = _size_of(parts.read(at + _BLOCK, size))
        else:
            size = size if large is None else large
            large = None
            yield TarSection(block[:100].rstrip(b"\0").decode("utf-8", "replace"), at + _BLOCK, size)
        at += _BLOCK + size + -size % _BLOCK


def _size_of(records: bytes) -> int | None:
    """The size that a pax record states for the file behind it."""
    _, found, rest = records.partition(b" size=")
    digits = rest.partition(b"\n")[0]
    return int(digits) if found and digits.isdigit() else None


def _found(path: Path) -> list[Path]:
    if path.is_file() and not path.name.endswith(_FIRST):
        return [path]
    stem = path.name.removesuffix(_FIRST)
    numbers = range(1, 1000)
    found = []
    for number in numbers:
        part = path.with_name(f"{stem}.{number:03}")
        if not part.is_file():
            break
        found.append(part)
    if not found:
        raise NotFound("no-such-file.bundle", path=str(path))
    return found
