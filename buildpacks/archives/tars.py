"""Tar files, plain or compressed: read once, strictly, and written anew as a zip, which is what everything here reads.

The same tar gives the same zip, byte for byte: entries in its order, stored, with their own times.
"""

from __future__ import annotations

import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from buildpacks.archives import names, tar_headers, unpacking
from buildpacks.archives.directory import decode
from buildpacks.archives.limits import DEFAULT, RATIO_FLOOR, Bounds
from buildpacks.errors import Refused, ToldError
from buildpacks.sentences.values import sentence

ENDINGS = (".tar.gz", ".tgz", ".tar")
_BLOCK = 512
_MAGIC, _MAGIC_AT = b"ustar", 257
_CHUNK = 1 << 20
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""What a zip can state."""


def is_tar(path: Path) -> bool:
    """Whether it begins as a tar or as a compressed file does; what is in a compressed one shows when it is read."""
    with path.open("rb") as file:
        return begins_as_tar(file.read(_MAGIC_AT + len(_MAGIC)))


def begins_as_tar(start: bytes) -> bool:
    """Whether the first block of a file is that of a tar, or of a compressed file."""
    return unpacking.is_compressed(start) or start[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC


def check(path: Path, name: str, limits: Bounds = DEFAULT) -> None:
    """Read the whole file. Raises Refused as `to_zip` does."""
    with _faults_told(name):
        for _ in _files(path, name, limits):
            pass


def to_zip(path: Path, target: Path, name: str, limits: Bounds = DEFAULT) -> None:
    """Write the files of the tar at `path`, which its owner calls `name`, as a zip to `target`.

    Raises Refused for what is truncated, beyond the limits, no tar at all, or neither file nor folder.
    """
    with _faults_told(name), zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for member, content in _files(path, name, limits):
            info = zipfile.ZipInfo(member.name, dos_time(member.mtime))
            info.external_attr = (0o100000 | member.mode & 0o777) << 16
            info.create_system = 3
            info.file_size = member.size
            with out.open(info, "w", force_zip64=member.size >= zipfile.ZIP64_LIMIT) as entry:
                while chunk := content.read(_CHUNK):
                    entry.write(chunk)


@contextmanager
def as_zip(path: Path, name: str) -> Iterator[Path]:
    """Give the path of a zip: of a tar a temporary one made of it, otherwise the file itself. Raises Refused."""
    if not is_tar(path):
        yield path
        return
    with TemporaryDirectory(prefix="artifact-") as folder:
        made = Path(folder) / "artifact.zip"
        to_zip(path, made, name)
        yield made


@contextmanager
def _faults_told(name: str) -> Iterator[None]:
    try:
        yield
    except tar_headers.HeaderFault as error:
        raise Refused("tar-header.fault", name=name, error=error) from error
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        # What a damaged header makes tarfile raise: its numbers and its text are read without much care.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refused("archive-truncated.tar", name=name, error=_told(error)) from error


def _told(error: BaseException) -> object:
    """Say what it is by its kind: the libraries that unpack have words of their own for it."""
    if isinstance(error, EOFError) and not isinstance(error, ToldError):
        return sentence("tar-fault.middle")
    if isinstance(error, zlib.error | lzma.LZMAError | OSError):
        return sentence("tar-fault.packed", error=error)
    return error


def _files(path: Path, name: str, limits: Bounds) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    seen: dict[str, int] = {}
    with unpacking.opened(path) as plain:
        file = _Watched(plain, name, limits, path.stat().st_size)
        file.allow(limits.tar_header)
        with tar_headers.opened(cast("IO[bytes]", file)) as archive:
            yield from _members(archive, file, name, seen, limits)
        file.allow(limits.total)
        # tarfile stops at the first empty block, before a compressed file's checksum.
        while file.read(_CHUNK):
            pass
        file.require_end()
    if not seen:
        raise Refused("archive-empty.tar", name=name)


def _members(
    archive: tarfile.TarFile, file: _Watched, name: str, seen: dict[str, int], limits: Bounds
) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    total = count = 0
    while True:
        file.allow(limits.tar_header)
        member = archive.next()
        if member is None:
            return
        # It keeps every member that it read; there may be millions of empty folders.
        cast("Any", archive).members.clear()
        count += 1
        total += max(0, member.size)
        file.refuse_bomb(total)
        _refuse(member, name, limits, total=total, count=count)
        if member.isdir():
            continue
        file.allow(member.size + limits.tar_header)
        opened = archive.extractfile(member)
        assert opened is not None
        content = _Summed(opened)
        if member.name not in seen:
            yield member, cast("IO[bytes]", content)
        content.read_on()
        # Published tars hold a file twice now and then; two different files under one name are another matter.
        if seen.setdefault(member.name, content.crc) != content.crc:
            raise Refused("entry-twice.tar", member=member.name, archive=name)


class _Summed:
    """The content of one file, and its CRC-32 as far as it was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.crc = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.crc = zlib.crc32(data, self.crc)
        return data

    def read_on(self) -> None:
        """Read what nobody wanted."""
        while self.read(_CHUNK):
            pass


class _Watched:
    """A file that is read to its end: what its last block was, and that no more is read than was allowed."""

    def __init__(self, file: IO[bytes], name: str, limits: Bounds, packed: int) -> None:
        self._file, self._name = file, name
        self._left = 0
        self._most = max(RATIO_FLOOR, min(packed * limits.ratio, limits.total + limits.entries * 2 * _BLOCK))
        self._packed = max(1, packed)
        self._count = 0
        self._last = b""

    def allow(self, size: int) -> None:
        """Let so many bytes be read from here on, and what a reader takes at once ahead of them."""
        self._left = size + tarfile.RECORDSIZE

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._last = (self._last + data)[-_BLOCK:] if len(data) < _BLOCK else data[-_BLOCK:]
        self._count += len(data)
        self._left -= len(data)
        self.refuse_bomb(self._count)
        if self._left < 0:
            raise Refused("tar-header.endless", name=self._name)
        return data

    def refuse_bomb(self, total: int) -> None:
        """Refuse where so many bytes would be too many for a file of this size."""
        if total > self._most:
            raise Refused("archive-bomb.whole", name=self._name, times=total // self._packed)

    def require_end(self) -> None:
        """Take the end of the file for the end of the archive."""
        if self._last.strip(b"\0") or len(self._last) < _BLOCK:
            raise unpacking.EndFault("tar-fault.no-end")


def _refuse(member: tarfile.TarInfo, name: str, limits: Bounds, *, total: int, count: int) -> None:
    raw = member.name.removeprefix("./").encode("utf-8", "surrogateescape")
    member.name = decode(raw, 0)
    if count > limits.entries or member.size > limits.entry or total > limits.total:
        raise Refused("archive-too-large.tar", name=name, count=count, total=total)
    if member.isdir():
        return
    if not member.isfile():
        kind = sentence("entry-kind.link" if member.issym() or member.islnk() else "entry-kind.other")
        raise Refused("entry-is-link.tar", member=names.shown(member.name), archive=name, kind=kind)
    names.safe(name, member.name, limits)
    if len(raw) > limits.name:
        raise Refused("entry-too-large.name", member=member.name[:100], archive=name)


def dos_time(seconds: float) -> tuple[int, int, int, int, int, int]:
    """Seconds since the epoch as a zip states a time, in UTC; what it cannot state is its first moment."""
    try:
        year, *rest = time.gmtime(max(0, int(seconds)))[:6]
    except (OverflowError, ValueError, OSError):
        year, rest = _LAST_YEAR + 1, []
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return (_FIRST_YEAR, 1, 1, 0, 0, 0)
    return (year, rest[0], rest[1], rest[2], rest[3], rest[4])
