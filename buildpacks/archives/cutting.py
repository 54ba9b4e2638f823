"""Where an archive is cut into parts, so that the next version of it shares as many of them as can be.

The content of a large entry is a part of its own: a library in a Spring Boot jar is the same bytes wherever it lies and
whatever date its header states. All between such entries (small entries, headers, descriptors, gaps) is grouped, and a
group ends at an entry whose name says so: what is added or grows moves few of the ends behind it. The central directory
is the last part. Together the parts are every byte of the file.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from buildpacks.archives.directory import LOCAL, LOCAL_START, Buffer, DirectoryError, find_end, headers

MOST_PARTS = 8192
"""Of one file. What would have more is sent whole."""
_LARGE = 16 << 10
"""Bytes from which an entry is a part of its own, in a file of at most `_USUAL` bytes; each doubling doubles that."""
_USUAL = 256 << 20
_GROUP = 16 << 10
"""Bytes after which a group may end; it does at four times as many."""
_ENDS = 3
"""A name ends a group where these bits of its CRC-32 are zero: one in four."""


@dataclass(frozen=True)
class ArtifactPart:
    """Bytes that are named by what they are: their SHA-256 (hex) and how many."""

    sha256: str
    length: int


def parts_of(data: Buffer, size: int) -> Iterator[ArtifactPart]:
    """Cut the file whose `size` bytes are `data`: its parts in their order. Raises DirectoryError: it is no archive."""
    at = 0
    with memoryview(data) as whole:
        for end in cuts(data, size):
            yield ArtifactPart(hashlib.sha256(whole[at:end]).hexdigest(), end - at)
            at = end


def cuts(data: Buffer, size: int) -> tuple[int, ...]:
    """Where each part ends, the last at `size`. Raises DirectoryError where it is no archive that can be cut."""
    end = find_end(data, size)
    doubled = max(0, (size - 1).bit_length() - _USUAL.bit_length() + 1)
    large, group = _LARGE << doubled, _GROUP << doubled
    ends: list[int] = []
    begun = 0
    found = sorted((header.offset, header.compressed, header.name) for header in headers(data, end))
    for at, content, stop, name in _entries(data, end.start, found):
        if at < begun:
            raise DirectoryError("zip-fault.overlap", at=at)
        if stop - content >= large:
            if content > begun:
                ends.append(content)
            ends.append(stop)
            begun = stop
        elif stop - begun >= 4 * group or (stop - begun >= group and not zlib.crc32(name) & _ENDS):
            ends.append(stop)
            begun = stop
    if end.start > begun:
        ends.append(end.start)
    ends.append(size)
    return tuple(ends)


def _entries(data: Buffer, stop: int, found: list[tuple[int, int, bytes]]) -> Iterator[tuple[int, int, int, bytes]]:
    """Where each entry's header, content and end are, and its name."""
    for at, length, name in found:
        if at < 0 or at + LOCAL_START.size > stop:
            raise DirectoryError("zip-fault.outside", at=at)
        mark, name_length, extra_length = LOCAL_START.unpack_from(data, at)
        content = at + LOCAL_START.size + name_length + extra_length
        if mark != LOCAL or content + length > stop:
            raise DirectoryError("zip-fault.no-header", at=at)
        yield at, content, content + length, name
