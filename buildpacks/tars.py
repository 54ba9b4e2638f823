"""Tar files, plain or compressed: read once, strictly, and written anew as a zip, which is what everything here reads.

The same tar gives the same zip, byte for byte: entries in its order, stored, with their own times.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from buildpacks.archive import DEFAULT, Limits
from buildpacks.errors import Refused

ENDINGS = (".tar.gz", ".tgz", ".tar")
_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_BLOCK = 512
_MAGIC, _MAGIC_AT = b"ustar", 257
_CHUNK = 1 << 20
_RATIO_FLOOR = 64 << 20
_AGAIN = "Copy or upload the file again; if it stays so, build it again."
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""What a zip can state."""


def is_tar(path: Path) -> bool:
    """Whether it begins as a tar or as a compressed file does; what is in a compressed one shows when it is read."""
    with path.open("rb") as file:
        start = file.read(_MAGIC_AT + len(_MAGIC))
    return start.startswith(tuple(_OPENERS)) or start[_MAGIC_AT:] == _MAGIC


def check(path: Path, name: str, limits: Limits = DEFAULT) -> None:
    """Read the whole file. Raises Refused as `to_zip` does."""
    for _ in _files(path, name, limits):
        pass


def to_zip(path: Path, target: Path, name: str, limits: Limits = DEFAULT) -> None:
    """Write the files of the tar at `path`, which its owner calls `name`, as a zip to `target`.

    Raises Refused for what is truncated, beyond the limits, no tar at all, or neither file nor folder.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
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
    """The path of a zip: of a tar a temporary one made of it, otherwise the file itself. Raises Refused."""
    if not is_tar(path):
        yield path
        return
    with TemporaryDirectory(prefix="artifact-") as folder:
        made = Path(folder) / "artifact.zip"
        to_zip(path, made, name)
        yield made


def _files(path: Path, name: str, limits: Limits) -> Iterator[tuple[tarfile.TarInfo, _Hashed]]:
    seen: dict[str, str] = {}
    total, size = 0, path.stat().st_size
    try:
        with _opened(path) as file, tarfile.open(fileobj=cast("IO[bytes]", file), mode="r|") as archive:
            for member in archive:
                member.name = member.name.removeprefix("./")
                if member.isdir():
                    continue
                total += member.size
                _refuse(member, name, len(seen), limits, total=total, size=size)
                opened = archive.extractfile(member)
                assert opened is not None
                with opened:
                    content = _Hashed(opened)
                    if member.name in seen:
                        _refuse_other(member.name, name, seen[member.name], content.digest())
                        continue
                    yield member, content
                    seen[member.name] = content.digest()
            _read_to_the_end(file)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refused("archive-truncated", f"{name} is incomplete or no tar: {error}.", _AGAIN) from error
    if not seen:
        raise Refused("archive-empty", f"{name} holds no files.", _AGAIN)


class _Hashed:
    """The content of one file, and its digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        """SHA-256 in hex; what nobody has read yet is read."""
        while self.read(_CHUNK):
            pass
        return self._hash.hexdigest()


class _Tail:
    """A file that is read to its end, and what its last block was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.last = b""

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.last = (self.last + data)[-_BLOCK:] if len(data) < _BLOCK else data[-_BLOCK:]
        return data


@contextmanager
def _opened(path: Path) -> Iterator[_Tail]:
    with path.open("rb") as file:
        start = file.read(_MAGIC_AT)
    opener = next((found for magic, found in _OPENERS.items() if start.startswith(magic)), None)
    with opener(path) if opener else path.open("rb") as content:
        yield _Tail(content)


def _read_to_the_end(file: _Tail) -> None:
    # tarfile stops at the first empty block, before a compressed file's checksum; and it takes the end of the file for
    # the end of the archive.
    while file.read(_CHUNK):
        pass
    if file.last.strip(b"\0") or len(file.last) < _BLOCK:
        raise EOFError("it has no end-of-archive block")


def _refuse(member: tarfile.TarInfo, name: str, before: int, limits: Limits, *, total: int, size: int) -> None:
    if not member.isfile():
        kind = "a link" if member.issym() or member.islnk() else "neither file nor folder"
        raise Refused("entry-is-link", f"'{member.name}' in {name} is {kind}.", "Pack the file itself instead.")
    if before >= limits.entries or member.size > limits.entry or total > limits.total:
        raise Refused("archive-too-large", f"{name} holds more than is taken ({before + 1} files, {total} bytes).",
                      "Is this the right file?")  # fmt: skip
    if total > _RATIO_FLOOR and total > size * limits.ratio:
        raise Refused("archive-bomb", f"{name} would unpack to {total // size} times its size.",
                      "Is this the right file?")  # fmt: skip


def _refuse_other(entry: str, name: str, former: str, found: str) -> None:
    # Maven's assembly writes a file once for each rule that matches it; that is no harm while they are equal.
    if former != found:
        raise Refused("entry-twice", f"'{entry}' is in {name} twice.", "Pack it anew, not onto a former one.")


def dos_time(seconds: float) -> tuple[int, int, int, int, int, int]:
    """Seconds since the epoch as a zip states a time, in UTC; what it cannot state is its first moment."""
    year, *rest = time.gmtime(max(0, int(seconds)))[:6]
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return (_FIRST_YEAR, 1, 1, 0, 0, 0)
    return (year, rest[0], rest[1], rest[2], rest[3], rest[4])
