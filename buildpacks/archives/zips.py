"""Safe, strict reading of an artifact: nothing is believed that a truncated, forged or hostile zip could say.

with open_archive(path) as archive:
    archive.members, archive.read("META-INF/MANIFEST.MF", 1 << 20)
"""

from __future__ import annotations

import mmap
import stat
import zlib
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from buildpacks.analysis import FileState, Member
from buildpacks.archives import mistaken, names
from buildpacks.archives.directory import (
    ENCRYPTED,
    LOCAL,
    LOCAL_HEADER,
    DirectoryError,
    End,
    Header,
    data_offset,
    decode,
    find_end,
    headers,
    java_fault,
    show,
)
from buildpacks.archives.limits import DEFAULT, RATIO_FLOOR, Bounds
from buildpacks.errors import Refused

__all__ = ["DEFAULT", "Archive", "Bounds", "check", "open_archive"]

_CHUNK = 1 << 18
_STORED, _DEFLATED = 0, 8
_LET_GO_EVERY = 128
"""Local headers read before their pages are given back: one costs up to 64 KB of resident memory."""


@dataclass(frozen=True)
class _Directory:
    members: tuple[Member, ...]
    script_size: int
    not_for_java: DirectoryError | None


class Archive:
    """An open archive. `members` are in archive order; of twins with the same name the last counts, as in Java."""

    def __init__(self, name: str, data: mmap.mmap, directory: _Directory, state: FileState, limits: Bounds) -> None:
        self.name = name
        self.data = data
        self.members = directory.members
        self.script_size = directory.script_size
        """Bytes in front of the first entry: a shell script, in fully executable jars."""
        self.not_for_java = directory.not_for_java
        """Why Java would not open it, though it is whole. That does not matter in a folder."""
        self.state = state
        self.limits = limits

    @cached_property
    def by_name(self) -> dict[str, Member]:
        """The members by their full name."""
        return {member.name: member for member in self.members}

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def read(self, name: str, limit: int) -> bytes:
        """Read the whole content of an entry of at most `limit` bytes. Raises Refused where it is larger or damaged."""
        member = self._member(name)
        if member.size > limit:
            raise Refused("entry-too-large.read", member=name, archive=self.name, size=member.size, limit=limit)
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """Give the content of an entry in pieces; its length and CRC-32 are checked at the end. Raises Refused."""
        member = self._member(name)
        length = crc = 0
        for piece in self._pieces(member):
            length += len(piece)
            crc = zlib.crc32(piece, crc)
            if length > member.size:
                break
            yield piece
        if length != member.size or crc != member.crc:
            raise Refused("entry-damaged.other", member=name, archive=self.name)

    def let_go(self, member: Member) -> None:
        """Give the memory of an entry that was read back to the system, so that no jar is ever held whole."""
        self.let_go_of(member.offset, member.offset + member.compressed_size)

    def let_go_of(self, start: int, stop: int) -> None:
        """Do the same for any part of the file."""
        _let_go(self.data, start, stop)

    def _member(self, name: str) -> Member:
        try:
            return self.by_name[name]
        except KeyError:
            raise Refused("no-such-entry", archive=self.name, member=name) from None

    def _pieces(self, member: Member) -> Iterator[bytes]:
        stop = member.offset + member.compressed_size
        packed = (self.data[at : min(at + _CHUNK, stop)] for at in range(member.offset, stop, _CHUNK))
        if member.stored:
            yield from packed
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in packed:
                rest = piece
                while rest and not inflater.eof:
                    yield inflater.decompress(rest, _CHUNK)
                    rest = inflater.unconsumed_tail
            yield inflater.flush()
        except zlib.error as error:
            raise Refused("entry-damaged.packed", member=member.name, archive=self.name) from error
        if not inflater.eof:
            raise Refused("entry-damaged.short", member=member.name, archive=self.name)


@contextmanager
def open_archive(path: Path, limits: Bounds = DEFAULT, name: str | None = None) -> Iterator[Archive]:
    """Open and check an archive, whole directory included; errors call it `name`, or by its file.

    Raises Refused with a code of its own for each fault.
    """
    if not path.is_file():
        raise Refused("no-such-file.image", source=path)
    called = name or path.name
    if path.stat().st_size == 0:
        raise Refused("empty-file", name=called)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            directory = _directory(called, data, limits)
        except DirectoryError as error:
            raise _broken(called, data, error) from error
        yield Archive(called, data, directory, FileState.of(file.fileno()), limits)


def check(path: Path, limits: Bounds = DEFAULT) -> None:
    """Check strictly, for the door: end record, directory, names, sizes. Raises Refused."""
    with open_archive(path, limits):
        pass


def _broken(name: str, data: mmap.mmap, fault: DirectoryError) -> Refused:
    start = data[:4]
    inside = data.find(LOCAL, 0, 1 << 20) >= 0
    if start != LOCAL and not (inside and start[:2] == b"#!"):
        mistaken.refuse(name, data[: mistaken.LOOKED_AT], data[-mistaken.LOOKED_AT_END :])
    if start == LOCAL or start[:2] == b"#!" or inside:
        return Refused("archive-truncated.outline", filename=name, error=fault)
    if start == b"PK\x05\x06":
        return Refused("archive-empty.zip", name=name)
    return Refused("not-an-archive", name=name, start=start.hex(" "))


def _let_go(data: mmap.mmap, start: int, stop: int) -> None:
    # Windows has no madvise, and no such need: its laptops only look at a jar.
    start -= start % mmap.PAGESIZE
    if hasattr(data, "madvise") and start < stop:
        data.madvise(mmap.MADV_DONTNEED, start, stop - start)


def _end(name: str, data: mmap.mmap, limits: Bounds) -> End:
    end = find_end(data, len(data))
    if end.count > limits.entries:
        raise Refused("too-many-entries", name=name, count=end.count, entries=limits.entries)
    if end.size > limits.directory:
        raise Refused("directory-too-large", name=name, size=end.size, directory=limits.directory)
    return end


def _directory(name: str, data: mmap.mmap, limits: Bounds) -> _Directory:
    size = len(data)
    end = _end(name, data, limits)
    strange = None if end.for_java else DirectoryError("zip-fault.locator")
    found: dict[str, Member] = {}
    spans: list[tuple[int, int]] = []
    total = 0
    for header in headers(data, end):
        if len(spans) % _LET_GO_EVERY == 0:
            _let_go(data, 0, size)
        at = max(0, header.offset)
        member = _member(name, header, data[at : at + LOCAL_HEADER + len(header.name)], limits)
        if header.extra or not header.name.isascii():
            strange = strange or java_fault(header)
        spans.append((header.offset, member.offset + member.compressed_size))
        total += member.size
        twin = found.get(member.name)
        if twin is not None:
            _refuse_twins(name, twin, member)
        found[member.name] = member
    if not spans:
        raise Refused("archive-empty.zip", name=name)
    _check_sizes(name, total, size, limits)
    return _Directory(tuple(found.values()), _check_spans(name, data, spans, end, limits), strange)


def _member(archive: str, header: Header, local: bytes, limits: Bounds) -> Member:
    _refuse_header(archive, header, limits)
    name = names.safe(archive, decode(header.name, header.flags), limits)
    return Member(
        name=name,
        size=header.size,
        compressed_size=header.compressed,
        crc=header.crc,
        offset=data_offset(header, local),
        stored=header.method == _STORED,
        is_dir=name.endswith("/"),
        mtime=_seconds(header.dos_date, header.dos_time),
    )


def _refuse_header(archive: str, header: Header, limits: Bounds) -> None:
    name = show(header.name)
    if header.flags & ENCRYPTED:
        raise Refused("entry-encrypted", member=name, archive=archive)
    if header.method not in {_STORED, _DEFLATED}:
        raise Refused("entry-method", member=name, archive=archive, method=header.method)
    if len(header.name) > limits.name or header.size > limits.entry:
        length = len(header.name)
        raise Refused("entry-too-large.taken", member=name, archive=archive, length=length, size=header.size)
    if stat.S_ISLNK(header.unix_mode):
        raise Refused("entry-is-link.zip", member=name, archive=archive)
    if header.method == _STORED and header.size != header.compressed:
        raise DirectoryError("zip-fault.stored", entry=name, stored=header.compressed, size=header.size)


@lru_cache(maxsize=4096)
def _seconds(date: int, time: int) -> int:
    # timegm carries over what is out of range, so that a zero date (month 0, day 0) cannot fail.
    year, month, day = 1980 + (date >> 9), max(1, min(12, date >> 5 & 15)), max(1, date & 31)
    return timegm((year, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2))


def _refuse_twins(archive: str, one: Member, other: Member) -> None:
    # Uber jars carry several LICENSE files under one name; two different programs under one name are another matter.
    same = (one.size, one.crc) == (other.size, other.crc)
    if not same and other.name.endswith((".class", ".jar", "META-INF/MANIFEST.MF")):
        raise Refused("entry-twice.zip", member=other.name, archive=archive)


def _check_sizes(name: str, total: int, size: int, limits: Bounds) -> None:
    if total > limits.total:
        raise Refused("archive-too-large.zip", name=name, total=total, limit=limits.total)
    if total > RATIO_FLOOR and total > size * limits.ratio:
        raise Refused("archive-bomb.whole", name=name, times=total // size)


def _check_spans(name: str, data: mmap.mmap, spans: list[tuple[int, int]], end: End, limits: Bounds) -> int:
    position = first = min(spans)[0]
    for start, stop in sorted(spans):
        if start < position:
            raise Refused("entries-overlap", name=name, start=start)
        position = stop
    if position > end.start:
        raise DirectoryError("zip-fault.runs-into")
    # In a truncated jar the directory of a nested one can end the file: then local headers lie in front of "its" first.
    if first > limits.script or data.find(LOCAL, 0, first) >= 0:
        raise DirectoryError("zip-fault.nested")
    return first
