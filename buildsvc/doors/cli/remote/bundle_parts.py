"""A bundle's file as the laptop reads it: what is where, no more. Whether it is right, the service says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused

_BLOCK = 512
_CHUNK = 1 << 20
_LARGEST_DOCUMENT = 64 << 20
_LARGEST_SIGNATURE = 16 << 10


@dataclass(frozen=True)
class TarSection:
    """One file of the tar: where its content begins, and how long it is (bytes)."""

    name: str
    offset: int
    size: int


def pieces(file: SplitFile, offset: int, size: int) -> Iterator[bytes]:
    """Read `size` bytes from `offset` on, a MiB at a time; fewer where the file ends."""
    while size and (data := file.read(offset, min(size, _CHUNK))):
        yield data
        offset += len(data)
        size -= len(data)


def document_of(parts: SplitFile) -> bytes:
    """Read the bytes of `app.json`, which stands first. Raises Refused `not-a-bundle`."""
    first = next(sections(parts), None)
    if first is None or first.name != "app.json" or first.size > _LARGEST_DOCUMENT:
        raise Refused("not-a-bundle", file=parts.path.name)
    return parts.read(first.offset, first.size)


def signatures_of(parts: SplitFile) -> dict[str, bytes]:
    """Give the signature of the list of checksums and its key, by their names; none where the bundle has none."""
    names = ("SHA256SUMS.sig", "SHA256SUMS.pem")
    first = (section for section in islice(sections(parts), 4) if section.name in names)
    return {one.name: parts.read(one.offset, min(one.size, _LARGEST_SIGNATURE)) for one in first}


def length(content: bytes) -> int:
    """Bytes that a small file takes in the tar."""
    return _BLOCK + len(content) + -len(content) % _BLOCK


def sections(parts: SplitFile) -> Iterator[TarSection]:
    """Give every file of the tar. Ends where the tar ends, or where it is damaged."""
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
    """Return the size that a pax record states for the file behind it."""
    _, found, rest = records.partition(b" size=")
    digits = rest.partition(b"\n")[0]
    return int(digits) if found and digits.isdigit() else None
