"""What is compressed with gzip or zstd, piece by piece: layers, and whole files that carry images."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

import zstandard

from buildpacks.archives import unpacking
from buildsvc.image.layout import CHUNK

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_STEP = 1024
"""Bytes that are given to zstd at once: each four may become 128 KiB, and that is in memory."""
_WINDOW = 128 << 20
"""Bytes that zstd may look back: `zstd --ultra -22` needs as many, a forged header may ask for 2 GB."""


class Inflater(Protocol):
    """Takes compressed pieces and gives plain ones. `ended` tells whether the last one was whole."""

    @property
    def ended(self) -> bool:
        """Whether the compressed data has come to its end."""

    def __call__(self, data: bytes) -> Iterator[bytes]:
        """Give what these bytes add. Raises what the format's reader raises on damage."""


class Gzip:
    """One gzip member; what follows it is not looked at."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    def __call__(self, data: bytes) -> Iterator[bytes]:
        while data and not self._inflate.eof:
            yield self._inflate.decompress(data, CHUNK)
            data = self._inflate.unconsumed_tail


class _Zstd:
    """Frames may follow each other: tools that compress in parallel write many."""

    def __init__(self) -> None:
        self._inflate = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    def __call__(self, data: bytes) -> Iterator[bytes]:
        left = memoryview(data)
        while left:
            if self._inflate.eof:
                self._inflate = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            step, left = left[:_STEP], left[_STEP:]
            yield self._inflate.decompress(step)
            if behind := self._inflate.unused_data:
                left = memoryview(b"".join((behind, left)))


def inflater(head: bytes) -> Inflater | None:
    """Return what reads data that begins so; None where it is not compressed."""
    if head.startswith(_GZIP):
        return Gzip()
    return _Zstd() if head.startswith(_ZSTD) else None


def plain(file: io.BufferedReader) -> IO[bytes]:
    """Return the file as it is, or what a zstd, gzip, bzip2 or xz file holds, in memory that does not depend on it:
    `tarfile` would unpack a piece whole, however large it becomes.
    """
    if not file.peek(len(_ZSTD)).startswith(_ZSTD):
        return unpacking.plain(file)
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(file, read_across_frames=True)
