"""Compressed files as streams: gzip, bzip2 and xz, in memory that does not depend on what they claim."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from buildpacks.errors import ToldError

_MAGIC = 6
_MOST_MEMORY = 128 << 20
"""Bytes that xz may ask for its dictionary: `xz -9` takes 65 MB, a forged header up to 4 GB."""
_PIECE = 1 << 16


class EndFault(ToldError, EOFError):
    """What is read ends too early, or goes on behind its end."""


def is_compressed(start: bytes) -> bool:
    """Whether a file that begins so is one of these."""
    return start.startswith(tuple(_OPENERS))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open the plain content. Where it is damaged, reads raise OSError (no errno), EOFError, zlib.error, LZMAError."""
    with path.open("rb") as file, plain(file) as content:
        yield content


def plain(file: io.BufferedReader) -> IO[bytes]:
    """Return the plain content of what is read from here on; reads raise what those of `opened` raise."""
    start = file.peek(_MAGIC)
    opener = next((found for magic, found in _OPENERS.items() if start.startswith(magic)), None)
    return cast("IO[bytes]", opener(file)) if opener else file


class _Xz(io.RawIOBase):
    """An xz file. `lzma.open` sets no bound to its memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def read(self, size: int = -1, /) -> bytes:
        """Give `size` bytes at most; empty only at the end."""
        while not self._decoder.eof:
            packed = self._file.read(_PIECE) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not packed:
                raise EndFault("tar-fault.middle")
            found = self._decoder.decompress(packed, size)
            if found:
                return found
        if self._decoder.unused_data.strip(b"\0") or self._file.read(_PIECE).strip(b"\0"):
            raise EndFault("tar-fault.follows")
        return b""


def _xz(file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", _Xz(file))


_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": _xz}
