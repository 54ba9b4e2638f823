"""Forge shared libraries as the loader sees them: segments, a dynamic section, names and needed symbol versions.

    data = elves.shared(183, needed=("libc.so.6",), versions={"libc.so.6": ("GLIBC_2.17",)}, align=65536)

Nothing forged here can be executed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

AMD64, ARM64, LOONG64 = 62, 183, 258
_LOAD_AT = 0x10000
"""The first segment's address, so that addresses differ from offsets."""


def shared(
    machine: int = AMD64,
    *,
    needed: tuple[str, ...] = ("libc.so.6",),
    versions: Mapping[str, tuple[str, ...]] | None = None,
    align: int = 4096,
    bits: int = 64,
    big: bool = False,
    system: int = 0,
    note: bytes = b"",
    weak: tuple[str, ...] = (),
) -> bytes:
    """A shared library: `versions` are those that it needs of each library in `needed`, `weak` ones may be missing;
    `system` is its EI_OSABI, `note` the owner in a PT_NOTE. `needed=()` gives one without a dynamic section.
    """
    order, word = ">" if big else "<", "Q" if bits == 64 else "I"
    names = b"\0"
    positions: dict[str, int] = {}
    for name in (*needed, *(version for found in (versions or {}).values() for version in found), *weak):
        positions.setdefault(name, len(names))
        if positions[name] == len(names):
            names += name.encode() + b"\0"
    header, entry = (64, 56) if bits == 64 else (52, 32)
    at = header + 3 * entry
    owner = struct.pack(f"{order}III", len(note) + 1, 4, 1) + note + b"\0" * 4 if note else b""
    wanted = _needs(order, versions or {}, positions, weak)
    notes, strings, needs = at, at + len(owner), at + len(owner) + len(names)
    dynamic = needs + len(wanted)
    tags = [(1, positions[name]) for name in needed]
    tags += [(5, _LOAD_AT + strings)]
    tags += [(0x6FFFFFFE, _LOAD_AT + needs), (0x6FFFFFFF, len(versions or {}))] if versions else []
    table = b"".join(struct.pack(f"{order}{word}{word}", *pair) for pair in (*tags, (0, 0))) if needed else b""
    size = dynamic + len(table)
    segments = [(1, 0, size, align), (4 if note else 0, notes, len(owner), 4)]
    segments += [(2 if needed else 0, dynamic, len(table), 8)]
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 2 if big else 1, 1, system]) + bytes(8)
    fields = (3, machine, 1, 0, header, 0, 0, header, entry, len(segments), 0, 0, 0)
    begin = ident + struct.pack(f"{order}HHI{word}{word}{word}IHHHHHH", *fields)
    return begin + b"".join(_segment(order, bits, one) for one in segments) + owner + names + wanted + table


def _segment(order: str, bits: int, segment: tuple[int, int, int, int]) -> bytes:
    kind, offset, size, align = segment
    address = _LOAD_AT + offset
    if bits == 64:
        return struct.pack(f"{order}IIQQQQQQ", kind, 4, offset, address, address, size, size, align)
    return struct.pack(f"{order}IIIIIIII", kind, offset, address, address, size, size, 4, align)


def _needs(
    order: str, versions: Mapping[str, tuple[str, ...]], positions: Mapping[str, int], weak: tuple[str, ...]
) -> bytes:
    """Elfw(Verneed) and its Elfw(Vernaux) for each library, one behind the other."""
    out = b""
    for number, (library, wanted) in enumerate(versions.items()):
        last = number == len(versions) - 1
        all_of_it = (*wanted, *(weak if last else ()))
        size = 16 + 16 * len(all_of_it)
        out += struct.pack(f"{order}HHIII", 1, len(all_of_it), positions[library], 16, 0 if last else size)
        for place, version in enumerate(all_of_it):
            flags = 2 if version in weak else 0
            step = 0 if place == len(all_of_it) - 1 else 16
            out += struct.pack(f"{order}IHHII", 0, flags, 2, positions[version], step)
    return out
