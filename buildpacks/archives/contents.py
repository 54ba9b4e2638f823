"""Whether entries hold what they state: every byte of them against its length and CRC-32.

Java finds a damaged class when it loads it, minutes or weeks after the start; the door finds it at once. Source: PKWARE
APPNOTE.TXT 6.3.10, section 4.4.7.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator

from buildpacks import classfile
from buildpacks.analysis import ClassStats, Member
from buildpacks.archives.directory import ENCRYPTED, LOCAL, LOCAL_HEADER, Buffer, DirectoryError, Header, show
from buildpacks.archives.limits import RATIO_FLOOR, Bounds
from buildpacks.archives.zips import Archive
from buildpacks.errors import Refused

_AT_ONCE = 1 << 20
"""Bytes up to which an entry of a nested jar is unpacked whole; larger ones are read in pieces of this size."""
TOGETHER = 4 * RATIO_FLOOR
"""Bytes up to which nobody asks how well all jars in a file were compressed together."""
_STORED, _DEFLATED = 0, 8


class Tally:
    """What the jars in one archive would unpack to, all together, in bytes."""

    def __init__(self, archive: str, limits: Bounds, size: int) -> None:
        """`size` is that of the file which was sent: many small bombs are one."""
        self._archive, self._limits, self._size = archive, limits, max(1, size)
        self._most = max(TOGETHER, self._size * limits.ratio)
        self.total = 0

    def fresh(self) -> Tally:
        """Another one for a part of the same archive; `add_up` its total here."""
        return Tally(self._archive, self._limits, self._size)

    def add(self, entry: str, packed: int, total: int) -> None:
        """Count one more jar. Raises Refused `archive-bomb`, `archive-too-large`."""
        if total > RATIO_FLOOR and total > packed * self._limits.ratio:
            raise Refused("archive-bomb.entry", entry=entry, archive=self._archive, times=total // packed)
        self.add_up(total)

    def add_up(self, total: int) -> None:
        """Count several. Raises Refused `archive-bomb`, `archive-too-large`."""
        self.total += total
        if self.total > self._most:
            times = self.total // self._size
            raise Refused("archive-bomb.jars", archive=self._archive, times=times)
        if self.total > self._limits.total:
            raise Refused("archive-too-large.jars", archive=self._archive, total=self.total, limit=self._limits.total)


def check(archive: Archive, besides: Collection[str] = ()) -> None:
    """Look through every entry of the archive but those named `besides`. Raises Refused `entry-damaged`."""
    passed: list[Member] = []
    read = 0
    for member in archive.members:
        if member.is_dir or member.name in besides:
            continue
        if not holds(
            archive.data,
            member.offset,
            member.compressed_size,
            member.size,
            member.crc,
            stored=member.stored,
            done=archive.let_go_of,
        ):
            raise Refused("entry-damaged.other", member=member.name, archive=archive.name)
        passed.append(member)
        read += member.compressed_size
        if read > _AT_ONCE:
            for one in passed:
                archive.let_go(one)
            passed, read = [], 0


def holds(
    data: Buffer,
    offset: int,
    packed: int,
    size: int,
    crc: int,
    *,
    stored: bool,
    done: Callable[[int, int], None] = lambda _start, _stop: None,
) -> bool:
    """Whether `packed` bytes at `offset` give `size` bytes with that CRC-32; some MiB of memory, however many they are.

    Bytes behind the end of a deflated stream are no fault: Java never reads them. `done` is told of each large part
    that is not needed any more.
    """
    if stored and packed != size:
        return False
    crc_so_far = length = 0
    inflater = None if stored else zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(offset, offset + packed, _AT_ONCE):
            piece = bytes(data[at : min(at + _AT_ONCE, offset + packed)])
            for content in _inflated(inflater, piece) if inflater else (piece,):
                length += len(content)
                crc_so_far = zlib.crc32(content, crc_so_far)
                if length > size:
                    return False
            if len(piece) == _AT_ONCE:
                done(at, at + _AT_ONCE)
    except zlib.error:
        return False
    return (inflater is None or inflater.eof) and length == size and crc_so_far == crc


def _inflated(inflater: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """In pieces. Once more where the last one was full: its end may still be inside."""
    full = True
    while full and not inflater.eof:
        content = inflater.decompress(packed, _AT_ONCE)
        packed = inflater.unconsumed_tail
        full = len(content) == _AT_ONCE
        yield content


def verified(data: memoryview, headers: Iterable[Header]) -> ClassStats:
    """Look through these entries of a nested jar, and count the class files among them. Raises DirectoryError."""
    # A real application has 30,000 to 60,000 of them: hence as few calls as can be.
    count, newest, length = 0, 0, len(data)
    inflater, crc32, magic, least = zlib.decompressobj, zlib.crc32, classfile.MAGIC, classfile.HEADER
    for name, flags, method, _, _, crc, packed, size, _, at, _ in headers:
        if at < 0 or at + LOCAL_HEADER > length or data[at : at + 4] != LOCAL:
            raise DirectoryError("zip-fault.no-local-header", entry=show(name), at=at)
        stop = at + LOCAL_HEADER + data[at + 26] + (data[at + 27] << 8)
        offset = stop + data[at + 28] + (data[at + 29] << 8)
        taken = method in {_STORED, _DEFLATED} and not flags & ENCRYPTED
        if not taken or data[at + LOCAL_HEADER : stop] != name or offset + packed > length:
            raise DirectoryError("zip-fault.unreadable", entry=show(name))
        if name.endswith(b"/"):
            continue
        if size > _AT_ONCE or packed > _AT_ONCE:
            sound = holds(data, offset, packed, size, crc, stored=method == _STORED)
            content = bytes(data[offset : offset + min(packed, _AT_ONCE)]) if sound else b""
            content = inflater(-15).decompress(content, least) if method and sound else content[:least]
        else:
            # A copy, because what raised an error would keep a view alive, and with it the whole file.
            content = bytes(data[offset : offset + packed])
            sound = True
            if method:
                try:
                    # One byte more than stated: the end of the stream lies behind the last one.
                    one = inflater(-15)
                    content = one.decompress(content, size + 1)
                    sound = one.eof
                except zlib.error:
                    sound = False
            sound = sound and len(content) == size and crc32(content) == crc
        if not sound:
            raise DirectoryError("zip-fault.content", entry=show(name))
        if content[:4] == magic and size >= least:
            count += 1
            newest = max(newest, content[6] << 8 | content[7])
    return ClassStats(count, newest or None)
