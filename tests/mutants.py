"""Mutated artifacts: bits flipped, pieces cut, moved and doubled, header fields set to what they must not be.

One number makes one mutant, the same on every machine.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Sequence

from tests import forge

Source = tuple[str, bytes]
_FIELDS = {
    b"PK\x03\x04": ((4, 2), (6, 2), (8, 2), (10, 2), (12, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)),
    b"PK\x01\x02": ((4, 2), (6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2),
                    (36, 2), (38, 4), (42, 4)),
    b"PK\x05\x06": ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)),
    b"PK\x06\x06": ((4, 8), (16, 4), (20, 4), (24, 8), (32, 8), (40, 8), (48, 8)),
    b"PK\x06\x07": ((4, 4), (8, 8), (16, 4)),
}  # fmt: skip
"""Offset and length of the fields of each kind of record (PKWARE APPNOTE.TXT 6.3.10, section 4.3)."""
_FORMATS = {2: "<H", 4: "<I", 8: "<Q"}
_NAMES = (b"", b"..", b"/", b"\\", b"\0", b"\xff", b"\n", b"C:")


def mutant(number: int, sources: Sequence[Source]) -> tuple[str, Source]:
    """The mutant of that number: how it was made, and its file name and bytes."""
    chance = random.Random(number)
    name, data = chance.choice(sources)
    how = chance.choice(_WAYS)
    made = how(chance, data, sources)
    return how.__name__.lstrip("_"), (name, made)


def _bits(chance: random.Random, data: bytes, _: Sequence[Source]) -> bytes:
    changed = bytearray(data)
    for _one in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, data: bytes, _: Sequence[Source]) -> bytes:
    start, stop = sorted(chance.randrange(len(data) + 1) for _one in range(2))
    return data[:start] if chance.random() < 0.5 else data[:start] + data[stop:]


def _splice(chance: random.Random, data: bytes, sources: Sequence[Source]) -> bytes:
    other = chance.choice(sources)[1] if chance.random() < 0.5 else data
    start = chance.randrange(len(other))
    piece = other[start : start + chance.choice((1, 4, 30, 300, 3000))]
    at = chance.randrange(len(data))
    return data[:at] + piece + data[at + (len(piece) if chance.random() < 0.5 else 0) :]


def _junk(chance: random.Random, data: bytes, _: Sequence[Source]) -> bytes:
    piece = chance.choice((b"\0" * chance.randint(1, 40), chance.randbytes(chance.randint(1, 40)), b"\r\n"))
    return chance.choice((piece + data, data + piece, data + data))


def _field(chance: random.Random, data: bytes, _: Sequence[Source]) -> bytes:
    changed = bytearray(data)
    for _one in range(chance.randint(1, 3)):
        found = _record(chance, data)
        if found is None:
            return _bits(chance, data, ())
        kind, at = found
        offset, size = chance.choice(_FIELDS[kind])
        if at + offset + size > len(changed):
            continue
        (old,) = struct.unpack_from(_FORMATS[size], changed, at + offset)
        most = (1 << size * 8) - 1
        new = chance.choice(
            (0, 1, most, most - 1, most >> 1, old + 1, old - 1, old ^ 8, old * 2, chance.randrange(most))
        )
        struct.pack_into(_FORMATS[size], changed, at + offset, new & most)
    return bytes(changed)


def _name(chance: random.Random, data: bytes, _: Sequence[Source]) -> bytes:
    """Another name of the same length, in the local or the central header or in both."""
    marks = [b"PK\x01\x02"] if chance.random() < 0.3 else [b"PK\x01\x02", b"PK\x03\x04"]
    with zipfile_or_none(data) as archive:
        if archive is None or not archive.namelist():
            return _bits(chance, data, ())
        old = chance.choice(archive.namelist()).encode()
    new = bytearray(old)
    piece = chance.choice(_NAMES) or chance.randbytes(1)
    at = chance.randrange(len(new))
    new[at : at + len(piece)] = piece
    new = new[: len(old)].ljust(len(old), b"x")
    changed = bytearray(data)
    for mark, before in ((b"PK\x01\x02", 46), (b"PK\x03\x04", 30)):
        position = changed.find(mark)
        while mark in marks and position >= 0:
            if changed[position + before : position + before + len(old)] == old:
                changed[position + before : position + before + len(old)] = new
            position = changed.find(mark, position + 4)
    return bytes(changed)


def _inside(chance: random.Random, data: bytes, sources: Sequence[Source]) -> bytes:
    """One entry's content mutated before it was packed: the outer sums are right."""
    with zipfile_or_none(data) as archive:
        if archive is None:
            return _bits(chance, data, ())
        try:
            entries = {info.filename: archive.read(info) for info in archive.infolist()}
        except (zipfile.BadZipFile, NotImplementedError):
            return _bits(chance, data, ())
    wanted = [name for name in entries if name.endswith((".jar", ".MF", ".idx", "web.xml", "/run", ".yml"))]
    name = chance.choice(wanted or list(entries))
    if entries[name]:
        way = chance.choice((_bits, _cut, _splice, _field, _name))
        entries[name] = way(chance, entries[name], [(name, entries[name]), *sources])
    return forge.archive(entries, stored=(".jar",) if chance.random() < 0.5 else ())


def _record(chance: random.Random, data: bytes) -> tuple[bytes, int] | None:
    kind = chance.choice(list(_FIELDS))
    found = []
    at = data.find(kind)
    while at >= 0:
        found.append(at)
        at = data.find(kind, at + 4)
    return (kind, chance.choice(found)) if found else None


class zipfile_or_none:  # noqa: N801 (used as a function)
    """The zip as the standard library reads it, None where it does not."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: zipfile.ZipFile | None = None

    def __enter__(self) -> zipfile.ZipFile | None:
        try:
            self._open = zipfile.ZipFile(io.BytesIO(self._data))
        except (zipfile.BadZipFile, ValueError, OSError):
            self._open = None
        return self._open

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()


_WAYS: tuple[Callable[[random.Random, bytes, Sequence[Source]], bytes], ...] = (
    _bits, _cut, _splice, _junk, _field, _field, _field, _name, _inside, _inside,
)  # fmt: skip
