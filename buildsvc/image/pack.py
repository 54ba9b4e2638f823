"""A jar made of entries of another one: their bytes are copied as they are, so nothing is inflated or deflated.

Format: PKWARE APPNOTE: local headers, central directory, end record; zip64 end record where entries are too many.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from buildpacks.analysis import Member
from buildpacks.errors import Refused
from buildsvc.image.layout import CHUNK, copy

MANIFEST = "META-INF/MANIFEST.MF"
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR = struct.Struct("<4sIQI")
_UTF8, _STORED, _DEFLATED, _VERSION = 0x800, 0, 8, 20
_MANY = 0xFFFF
_LIMIT = 0xFFFFFFFF
_DOS_FIRST_YEAR, _DOS_LAST_YEAR = 1980, 2107


@dataclass(frozen=True)
class _Piece:
    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    source: Member | None


class Pack:
    """A jar to be, laid out before it is written: `size` is exact. `entries` are (member, name in the new jar).

    The manifest comes first; folders that the entries lie in are added where they are missing, because Spring finds
    packages by them. Dates are the stamp. Raises Refused `jar-too-large` for more than 4 GiB.
    """

    def __init__(self, entries: Iterable[tuple[Member, str]], stamp: int) -> None:
        self._pieces = tuple(_pieces(entries))
        self._when = _dos_time(stamp)
        self._body = sum(_LOCAL.size + len(piece.name) + piece.packed for piece in self._pieces)
        self._directory = sum(_CENTRAL.size + len(piece.name) for piece in self._pieces)
        if self._body + self._directory > _LIMIT:
            raise Refused("jar-too-large")
        self._zip64 = len(self._pieces) >= _MANY
        tail = _END.size + (_END64.size + _LOCATOR.size if self._zip64 else 0)
        self.size = self._body + self._directory + tail

    def write(self, source: BinaryIO, write: Callable[[bytes], object]) -> None:
        """Write the jar; `source` is the artifact, opened for reading."""
        directory, offset = [], 0
        for piece in self._pieces:
            common = (_UTF8, piece.method, *self._when, piece.crc, piece.packed, piece.size, len(piece.name), 0)
            write(_LOCAL.pack(b"PK\3\4", _VERSION, *common) + piece.name)
            if piece.source is not None:
                source.seek(piece.source.offset)
                copy(source, write, piece.packed)
            attributes = 0x10 if piece.name.endswith(b"/") else 0
            entry = _CENTRAL.pack(b"PK\1\2", _VERSION, _VERSION, *common, 0, 0, 0, attributes, offset)
            directory.append(entry + piece.name)
            offset += _LOCAL.size + len(piece.name) + piece.packed
        write(b"".join(directory) + self._end(offset))

    def _end(self, offset: int) -> bytes:
        count = len(self._pieces)
        short = min(count, _MANY)
        end = _END.pack(b"PK\5\6", 0, 0, short, short, self._directory, offset, 0)
        if not self._zip64:
            return end
        large = _END64.pack(b"PK\6\6", _END64.size - 12, 45, 45, 0, 0, count, count, self._directory, offset)
        return large + _LOCATOR.pack(b"PK\6\7", 0, offset + self._directory, 1) + end


def content(member: Member, source: BinaryIO, write: Callable[[bytes], object]) -> None:
    """One member, unpacked. Raises Refused `damaged-entry` when its bytes do not give the size and CRC it states."""
    source.seek(member.offset)
    if member.stored:
        copy(source, write, member.size)
        return
    inflater = _Inflater(member, write)
    try:
        copy(source, inflater.feed, member.compressed_size)
    except zlib.error:
        raise _damaged(member) from None
    if (inflater.size, inflater.crc) != (member.size, member.crc):
        raise _damaged(member)


class _Inflater:
    """Inflates in bounded pieces, so that a few bytes that claim to be gigabytes never are."""

    def __init__(self, member: Member, write: Callable[[bytes], object]) -> None:
        self._member, self._write = member, write
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self.size = self.crc = 0

    def feed(self, data: bytes) -> None:
        while data:
            piece = self._inflate.decompress(data, CHUNK)
            data = self._inflate.unconsumed_tail
            self.size += len(piece)
            self.crc = zlib.crc32(piece, self.crc)
            if self.size > self._member.size:
                raise _damaged(self._member)
            self._write(piece)


def _damaged(member: Member) -> Refused:
    return Refused("damaged-entry.content", member=member.name)


def _pieces(entries: Iterable[tuple[Member, str]]) -> Iterable[_Piece]:
    wanted = sorted(entries, key=lambda pair: pair[1] != MANIFEST)
    given = {name for _, name in wanted}
    made: set[str] = set()
    for member, name in wanted:
        if name != MANIFEST:
            yield from _folders(name, given, made)
        if member.is_dir:
            yield _Piece(name.encode(), _STORED, 0, 0, 0, None)
            continue
        method = _STORED if member.stored else _DEFLATED
        packed = member.size if member.stored else member.compressed_size
        yield _Piece(name.encode(), method, member.crc, packed, member.size, member)


def _folders(name: str, given: set[str], made: set[str]) -> Iterable[_Piece]:
    parts = name.rstrip("/").split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth]) + "/"
        if folder not in given and folder not in made:
            made.add(folder)
            yield _Piece(folder.encode(), _STORED, 0, 0, 0, None)


def _dos_time(stamp: int) -> tuple[int, int]:
    moment = time.gmtime(stamp)
    year = min(max(moment.tm_year, _DOS_FIRST_YEAR), _DOS_LAST_YEAR)
    clock = moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec // 2
    return clock, (year - _DOS_FIRST_YEAR) << 9 | moment.tm_mon << 5 | moment.tm_mday
