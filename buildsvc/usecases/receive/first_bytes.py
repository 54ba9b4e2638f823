"""The first bytes of an upload decide early: what cannot become an archive is refused before the rest is read."""

from __future__ import annotations

from typing import BinaryIO

from buildpacks.archives import mistaken
from buildpacks.archives.directory import LOCAL
from buildpacks.archives.tars import begins_as_tar
from buildpacks.errors import Refused

_MAY_WRAP = (b"#!", b"MZ", b"\x7fELF", b"PK\x05\x06")
"""A script or a program may stand before a jar, and only the end of the file tells; an empty zip is told as one."""


class OpenedUpload:
    """Reads on from a stream whose beginning was looked at."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, `size` at most; empty only at the end."""
        if not self._start:
            return self._stream.read(size)
        given, self._start = self._start[:size], self._start[size:]
        return given


def looked_at(stream: BinaryIO, name: str) -> OpenedUpload:
    """Read as far as tells what it is. Raises Refused where it is no archive, with the words of the whole check."""
    start = b""
    while len(start) < mistaken.LOOKED_AT and (piece := stream.read(mistaken.LOOKED_AT - len(start))):
        start += piece
    if not start or start.startswith((LOCAL, *_MAY_WRAP)) or begins_as_tar(start):
        return OpenedUpload(start, stream)
    mistaken.refuse(name, start, b"")
    raise Refused("not-an-archive", name=name, start=start[:4].hex(" "))
