"""What stands in front of each file of a tar, read by ourselves: bounded, in linear time, the same on every Python.

`tarfile` searches extended headers with expressions that take time by the square of what they find (CVE-2024-6232), and
follows chains of them by recursion. So it is given neither: it opens streams and reads contents, no extended header.
Format: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Self, cast

from buildpacks.archives.limits import DEFAULT
from buildpacks.errors import ToldError

MOST_EXTENSIONS = 16
"""Extended headers in front of one file; writers make two or three."""
_BLOCK = tarfile.BLOCKSIZE
_LONG_NAME, _LONG_LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_EXTENSIONS = (*_PAX, tarfile.XGLTYPE, _LONG_NAME, _LONG_LINK)
_TYPE = slice(156, 157)
_LENGTH_DIGITS = 8
_WHOLE = re.compile(r"[0-9]{1,19}")
_TIME = re.compile(r"-?[0-9]{1,12}(\.[0-9]{0,20})?")
_ENDS = (tarfile.EOFHeaderError, tarfile.EmptyHeaderError)  # type: ignore[attr-defined]
_NUMBERS: dict[str, Callable[[str], float]] = {"size": int, "uid": int, "gid": int, "mtime": float}
_TEXTS = {"path": "name", "linkpath": "linkname"}


class HeaderFault(ToldError, tarfile.ReadError):
    """A header that lies, or asks for more than is given."""


class DamagedHeader(ToldError, tarfile.ReadError):
    """A header that is none, or not whole."""


def opened(file: IO[bytes] | Path, mode: str = "r|", **how: Any) -> tarfile.TarFile:
    """Open a tar to be read with our own headers; `mode` and `how` are those of `tarfile.open`.

    Raises tarfile.TarError, then and while it is read, for whatever is damaged, HeaderFault among them.
    """
    place: dict[str, Any] = {"name": str(file)} if isinstance(file, Path) else {"fileobj": file}
    return tarfile.open(mode=cast("Any", mode), tarinfo=_Header, encoding="utf-8", **place, **how)


class _Header(tarfile.TarInfo):
    """One file's header with all extended headers in front of it. A damaged one is an error: `tarfile` takes it for the
    end of the archive, and all files behind it would be lost in silence.
    """

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        file = cast("IO[bytes]", archive.fileobj)
        told: dict[str, str] = {}
        left = DEFAULT.tar_header
        for _ in range(MOST_EXTENSIONS + 1):
            block = file.read(_BLOCK)
            header = cls._parsed(block, archive)
            if header.type not in _EXTENSIONS:
                return header.completed(archive, {**archive.pax_headers, **told})
            left -= header.size
            if left < 0:
                raise HeaderFault("tar-fault.endless")
            found = _extension(header.type, _content(file, header.size))
            if header.type == tarfile.XGLTYPE:
                archive.pax_headers = {**archive.pax_headers, **found}
            else:
                told = found | told
        raise HeaderFault("tar-fault.headers", most=MOST_EXTENSIONS)

    @classmethod
    def _parsed(cls, block: bytes, archive: tarfile.TarFile) -> Self:
        if block[_TYPE] == tarfile.GNUTYPE_SPARSE:
            raise HeaderFault("tar-fault.sparse")
        try:
            header = cls.frombuf(block, archive.encoding or "utf-8", archive.errors)
        except _ENDS:
            raise
        except tarfile.HeaderError as error:
            raise DamagedHeader("tar-fault.damaged", error=error) from error
        if header.size < 0:
            raise HeaderFault("tar-fault.negative")
        return header

    def completed(self, archive: tarfile.TarFile, told: dict[str, str]) -> Self:
        """As `tarfile` leaves a header: with what the extended ones say, and where its content and its end lie."""
        for key, text in told.items():
            if key in _TEXTS:
                setattr(self, _TEXTS[key], text.rstrip("/"))
            elif key in _NUMBERS:
                setattr(self, key, _NUMBERS[key](text))
        self.pax_headers = told
        self.offset_data = cast("IO[bytes]", archive.fileobj).tell()
        self.offset = self.offset_data - _BLOCK
        stored = self.isreg() or self.type not in tarfile.SUPPORTED_TYPES
        place = cast("Any", archive)
        place.offset = self.offset_data + (_padded(self.size) if stored else 0)
        return self


def _content(file: IO[bytes], size: int) -> bytes:
    data = file.read(_padded(size))
    if len(data) < _padded(size):
        raise DamagedHeader("tar-fault.in-header")
    return data[:size]


def _extension(kind: bytes, data: bytes) -> dict[str, str]:
    """Return what an extended header says, as far as it matters here: names, sizes, owners and times."""
    if kind in {_LONG_NAME, _LONG_LINK}:
        said = "path" if kind == _LONG_NAME else "linkpath"
        return {said: data.partition(b"\0")[0].decode("utf-8", "surrogateescape")}
    found: dict[str, str] = {}
    for key, value in _records(data):
        if key.startswith(b"GNU.sparse"):
            raise HeaderFault("tar-fault.sparse")
        name = key.decode("ascii", "replace")
        if name not in _TEXTS and name not in _NUMBERS:
            continue
        text = value.decode("utf-8", "surrogateescape")
        form = _TIME if name == "mtime" else _WHOLE
        if (name in _NUMBERS and not form.fullmatch(text)) or "\0" in text:
            raise HeaderFault("tar-fault.states", name=name)
        found[name] = text
    return found


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read the records of a pax header: a length in decimal digits, a space, key=value, a line end."""
    at = 0
    while at < len(data) and data[at]:
        space = data.find(b" ", at, at + _LENGTH_DIGITS)
        digits = data[at:space] if space > at else b""
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not space < end <= len(data) or not equals or not key or data[end - 1 : end] != b"\n":
            raise HeaderFault("tar-fault.extended")
        yield key, value
        at = end


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
