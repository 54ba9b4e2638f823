"""Native libraries among the entries of a jar: found by their names, unpacked within bounds, read as ELF.

The loader's tables lie at both ends of a library, so a deflated one has to be unpacked whole. Jars carry them for a
dozen machines; who knows for which one the image is to be asks for that one only.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from buildpacks.analysis import NativeLibrary
from buildpacks.archives.directory import LOCAL_HEADER, Buffer, Header, data_offset, decode
from buildpacks.facts import elf

LARGEST = 64 << 20
"""Bytes that are unpacked of one library."""
MOST = 256 << 20
"""Bytes that are unpacked of all libraries for one machine in one jar; what is beyond stays unknown but its machine."""
RATIO = 64
"""Times larger unpacked than packed; real ones are 2 to 10 times. What claims more is a bomb."""
_START = 4096
"""Bytes of a packed entry, and unpacked ones, that hold its header and the note of its system."""


class PackedNative(NamedTuple):
    """An entry: its name, where its bytes lie in the buffer and how many, and whether they are not deflated."""

    name: str
    offset: int
    size: int
    stored: bool


def worth_a_look(natives: Iterable[NativeLibrary], machines: Collection[str] | None) -> bool:
    """Whether one of them is for these machines (None: for any) and nobody has looked into it yet."""
    return any(one.libc is None and (machines is None or one.machine in machines) for one in natives)


def may_be_native(name: bytes) -> bool:
    """Whether an entry's name is worth to be decoded and looked at."""
    return b".so" in name or name.endswith(b".jnilib")


def natives_within(
    data: Buffer, found: Iterable[Header], machines: Collection[str] | None, former: Iterable[NativeLibrary] = ()
) -> Iterator[NativeLibrary]:
    """As `read`, for those headers of a zip's directory that may be natives. Raises DirectoryError."""
    return read(data, [_packed(data, header) for header in found if may_be_native(header.name)], machines, former)


def read(
    data: Buffer,
    entries: Iterable[PackedNative],
    machines: Collection[str] | None,
    former: Iterable[NativeLibrary] = (),
) -> Iterator[NativeLibrary]:
    """Give those entries that are ELF files: all facts where `machines` has theirs (None: all of them) or `former`
    knows them, otherwise what their first bytes say. What is said of one machine does not hang on which others were
    asked for.
    """
    known = {one.path: one for one in former if one.libc is not None}
    left: dict[str, int] = {}
    for entry in entries:
        if not elf.looks_native(entry.name):
            continue
        glance = elf.glance(entry.name, _content(data, entry._replace(size=min(entry.size, _START)), _START))
        if glance is None:
            continue
        if entry.name in known:
            yield known[entry.name]
        elif glance.libc is None and (machines is None or glance.machine in machines):
            budget = left.setdefault(glance.machine, min(MOST, RATIO * len(data)))
            content = _content(data, entry, min(LARGEST, budget, RATIO * entry.size))
            left[glance.machine] -= 0 if entry.stored else len(content)
            yield elf.read(entry.name, content) or replace(glance, libc="unknown")
        else:
            yield glance


def _packed(data: Buffer, header: Header) -> PackedNative:
    at = header.offset
    offset = data_offset(header, bytes(data[at : at + LOCAL_HEADER + len(header.name)]) if at >= 0 else b"")
    return PackedNative(decode(header.name, 0), offset, header.compressed, header.method == 0)


def _content(data: Buffer, entry: PackedNative, most: int) -> Buffer:
    """Unpack the entry's content; of a deflated one the first `most` bytes, and none where it is damaged."""
    packed = memoryview(data)[entry.offset : entry.offset + entry.size]
    if entry.stored:
        return packed
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max(most, elf.HEADER))
    except zlib.error:
        return b""
