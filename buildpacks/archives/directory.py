"""The end record and the central directory of a zip, read strictly from a buffer: where an archive begins and ends.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3. Written here because `zipfile` looks for *any*
end record: in a truncated Spring Boot jar it finds the one of a nested jar, and the archive looks healthy.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from buildpacks.errors import ToldError

Buffer = bytes | memoryview | mmap.mmap

LOCAL = b"PK\x03\x04"
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
LOCAL_START = struct.Struct("<4s22xHH")
"""Of a local header: its mark, and how long the name and the extra field are that follow it."""
LOCAL_HEADER = LOCAL_START.size
LONGEST_COMMENT = 0xFFFF
SATURATED = 0xFFFFFFFF
_LOOK_THERE = (0xFFFF, SATURATED, SATURATED)
"""Number of entries, size and offset in an end record that a zip64 record stands for."""
ENCRYPTED = 0x0001 | 0x0040 | 0x2000
UTF8 = 0x0800
_ZIP64_FIELD = 1
_ZIP64_LENGTHS = (0, 8, 16, 24, 28)


class DirectoryError(ToldError):
    """The structure does not hold; it says where."""


@dataclass(frozen=True)
class End:
    """Where the central directory lies in the buffer, and what to add to the offsets that the archive states."""

    count: int
    start: int
    size: int
    shift: int
    for_java: bool = True
    """Whether Java finds it: it looks for a zip64 record only where the locator says, from the file's beginning."""


class Header(NamedTuple):
    """One central directory header. `offset` is that of the local header, from the beginning of the buffer."""

    name: bytes
    flags: int
    method: int
    dos_time: int
    dos_date: int
    crc: int
    compressed: int
    size: int
    unix_mode: int
    offset: int
    extra: bytes = b""


def find_end(data: Buffer, length: int) -> End:
    """Find the end record that ends exactly where the buffer does. Raises DirectoryError."""
    start = max(0, length - LONGEST_COMMENT - _END.size)
    tail = bytes(data[start:length])
    at = tail.rfind(b"PK\x05\x06")
    fault: DirectoryError | None = None
    while at >= 0:
        if len(tail) - at >= _END.size:
            comment = _END.unpack_from(tail, at)[7]
            if at + _END.size + comment == len(tail):
                try:
                    return _end(data, start + at)
                except DirectoryError as error:
                    fault = error
        at = tail.rfind(b"PK\x05\x06", 0, at)
    raise fault or DirectoryError("zip-fault.no-end")


def _end(data: Buffer, at: int) -> End:
    _, disk, first_disk, here, count, size, stated, _ = _END.unpack_from(data, at)
    directory_end = at
    for_java = True
    if at >= _LOCATOR.size and bytes(data[at - _LOCATOR.size : at - _LOCATOR.size + 4]) == b"PK\x06\x07":
        old = (count, size, stated)
        directory_end, disk, first_disk, here, count, size, stated, for_java = _end64(data, at - _LOCATOR.size)
        if any(one not in {new, most} for one, new, most in zip(old, (count, size, stated), _LOOK_THERE, strict=True)):
            raise DirectoryError("zip-fault.two-ends")
    if disk or first_disk or here != count:
        raise DirectoryError("zip-fault.part")
    start = directory_end - size
    if start < 0 or start < stated:
        raise DirectoryError("zip-fault.end-elsewhere")
    if count * _CENTRAL.size > size:
        raise DirectoryError("zip-fault.too-small")
    return End(count, start, size, start - stated, for_java)


def _end64(data: Buffer, locator: int) -> tuple[int, int, int, int, int, int, int, bool]:
    _, _, stated_at, disks = _LOCATOR.unpack_from(data, locator)
    at = locator - _END64.size
    if at < 0 or disks > 1 or stated_at > at:
        raise DirectoryError("zip-fault.end64-place")
    mark, size, _, _, disk, first_disk, here, count, length, stated = _END64.unpack_from(data, at)
    if mark != b"PK\x06\x06" or size != _END64.size - 12:
        raise DirectoryError("zip-fault.end64-damaged")
    return at, disk, first_disk, here, count, length, stated, stated_at == at


def headers(data: Buffer, end: End) -> Iterator[Header]:
    """Give every header of the central directory in its order. Raises DirectoryError where the structure breaks."""
    at, stop, shift = end.start, end.start + end.size, end.shift
    # A real application has 40,000 of them: hence no call of a constructor, and one test for three.
    unpack, fixed, new = _CENTRAL.unpack_from, _CENTRAL.size, tuple.__new__
    directory = bytes(data[at:stop])
    base, at, stop = at, 0, end.size
    for _ in range(end.count):
        if at + fixed > stop:
            raise DirectoryError("zip-fault.breaks-off", at=base + at)
        (mark, _, system, _, _, flags, method, time, date, crc, packed, size, name_length, extra_length, remark_length,
         disk, _, attributes, offset) = unpack(directory, at)  # fmt: skip
        name_end = at + fixed + name_length
        following = name_end + extra_length + remark_length
        if mark != b"PK\x01\x02" or following > stop or disk not in {0, 0xFFFF}:
            raise DirectoryError("zip-fault.damaged", at=base + at)
        extra = directory[name_end : name_end + extra_length]
        if packed | size | offset == SATURATED:
            size, packed, offset = _wide(extra, size, packed, offset)
        mode = attributes >> 16 if system == 3 else 0  # noqa: PLR2004 (made by Unix, APPNOTE 4.4.2.2)
        name = directory[at + fixed : name_end]
        yield new(Header, (name, flags, method, time, date, crc, packed, size, mode, offset + shift, extra))
        at = following
    if at != stop:
        raise DirectoryError("zip-fault.too-many", count=end.count)


def _wide(extra: bytes, *values: int) -> list[int]:
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        at += 4
        if kind == _ZIP64_FIELD:
            field = extra[at : at + length]
            for index, value in enumerate(found):
                if value == SATURATED and len(field) >= 8:  # noqa: PLR2004 (one 64-bit number)
                    (found[index],) = struct.unpack_from("<Q", field)
                    field = field[8:]
        at += length
    return found


def data_offset(header: Header, local: bytes) -> int:
    """Where the entry's bytes begin, given its `local` header, which has lengths and a name of its own: 30 bytes and as
    many as the name has, at least.

    Raises DirectoryError where those bytes are no local header, or that of another name.
    """
    if len(local) < LOCAL_HEADER or not local.startswith(LOCAL):
        raise DirectoryError("zip-fault.no-local-header", entry=show(header.name), at=header.offset)
    _, name_length, extra_length = LOCAL_START.unpack_from(local)
    if local[LOCAL_HEADER : LOCAL_HEADER + name_length] != header.name:
        raise DirectoryError("zip-fault.other-name", entry=show(header.name))
    return header.offset + LOCAL_HEADER + int(name_length) + int(extra_length)


def decode(name: bytes, flags: int) -> str:
    """Decode an entry's name as Java does (UTF-8), or as code page 437 where it is neither marked nor valid UTF-8."""
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        if flags & UTF8:
            raise DirectoryError("zip-fault.marked-utf8", entry=show(name)) from error
        return name.decode("cp437")


def java_fault(header: Header) -> DirectoryError | None:
    """Return why Java does not open an archive with an entry like this one; None where it does.

    It refuses names that are no UTF-8, marked so or not, and since JDK 8u382, 11.0.20 and 17.0.8 extra fields whose
    lengths are wrong (`java.util.zip.ZipFile.Source.checkExtraFields`).
    """
    if not header.name.isascii():
        try:
            header.name.decode()
        except UnicodeDecodeError:
            return DirectoryError("zip-fault.no-utf8", entry=show(header.name))
    at, extra = 0, header.extra
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        at += 4 + length
        if at > len(extra) or (kind == _ZIP64_FIELD and length not in _ZIP64_LENGTHS):
            return DirectoryError("zip-fault.extra-field", entry=show(header.name))
    return None


def show(name: bytes) -> str:
    """Return a name for a message, with what cannot be printed escaped."""
    return name.decode("utf-8", "replace").encode("unicode_escape").decode()[:200]
