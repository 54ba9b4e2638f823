"""Native libraries among the entries of a jar: found by their names, unpacked within bounds, read as ELF.

The loader's tables lie at both ends of a library, so a deflated one has to be unpacked whole. Jars carry them for a
dozen machines; who knows for which one the image is to be asks for that one only.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from buildpacks import native
from buildpacks.analysis import NativeLibrary
from buildpacks.directory import Buffer

LARGEST = 64 << 20
"""Bytes that are unpacked of one library."""
MOST = 256 << 20
"""Bytes that are unpacked of all libraries for one machine in one jar; what is beyond stays unknown but its machine."""
RATIO = 64
"""Times larger unpacked than packed; real ones are 2 to 10 times. What claims more is a bomb."""
_START = 4096
"""Bytes of a packed entry that are enough to unpack its header."""


class Packed(NamedTuple):
    """An entry: its name, where its bytes lie in the buffer and how many, and whether they are not deflated."""

    name: str
    offset: int
    size: int
    stored: bool


def worth_a_look(natives: Iterable[NativeLibrary], machines: Collection[str] | None) -> bool:
    """Whether one of them is for these machines (None: for any) and nobody has looked into it yet."""
    return any(one.libc is None and (machines is None or one.machine in machines) for one in natives)


def read(
    data: Buffer, entries: Iterable[Packed], machines: Collection[str] | None, former: Iterable[NativeLibrary] = ()
) -> Iterator[NativeLibrary]:
    """Those entries that are ELF files: all facts where `machines` has theirs (None: all of them) or `former` knows
    them, otherwise the machine alone. What is said of one machine does not hang on which others were asked for.
    """
    known = {one.path: one for one in former if one.libc is not None}
    left: dict[str, int] = {}
    for entry in entries:
        if not native.looks_native(entry.name):
            continue
        start = _content(data, entry._replace(size=min(entry.size, _START)), native.HEADER)
        machine = native.machine(bytes(start[: native.HEADER]))
        if machine is None:
            continue
        if entry.name in known:
            yield known[entry.name]
        elif machines is None or machine in machines:
            budget = left.setdefault(machine, min(MOST, RATIO * len(data)))
            content = (
                _content(data, entry, min(LARGEST, budget, RATIO * entry.size)) if native.for_linux(start) else start
            )
            left[machine] -= 0 if entry.stored else len(content)
            yield native.read(entry.name, content) or NativeLibrary(entry.name, machine, "unknown")
        else:
            yield NativeLibrary(entry.name, machine)


def _content(data: Buffer, entry: Packed, most: int) -> Buffer:
    """The entry's content; of a deflated one the first `most` bytes, and none where it is damaged."""
    packed = memoryview(data)[entry.offset : entry.offset + entry.size]
    if entry.stored:
        return packed
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max(most, native.HEADER))
    except zlib.error:
        return b""
