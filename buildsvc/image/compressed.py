"""What is compressed with gzip or zstd, piece by piece: layers, and whole files that carry images."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

import zstandard

from buildsvc.image.layout import CHUNK

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_STEP = 4096
"""Bytes that are given to zstd at once: a piece may hold a thousand times its size, and that is in memory."""


class Inflater(Protocol):
    """Takes compressed pieces and gives plain ones. `ended` tells whether the last one was whole."""

    @property
    def ended(self) -> bool:
        """Whether the compressed data has come to its end."""

    def __call__(self, data: bytes) -> Iterator[bytes]:
        """Give what these bytes add. Raises what the format's reader raises on damage."""


class _Gzip:
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
        self._inflate = zstandard.ZstdDecompressor().decompressobj()

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    def __call__(self, data: bytes) -> Iterator[bytes]:
        left = memoryview(data)
        while left:
            if self._inflate.eof:
                self._inflate = zstandard.ZstdDecompressor().decompressobj()
            step, left = left[:_STEP], left[_STEP:]
            yield self._inflate.decompress(step)
            if behind := self._inflate.unused_data:
                left = memoryview(b"".join((behind, left)))


def inflater(head: bytes) -> Inflater | None:
    """Return what reads data that begins so; None where it is not compressed."""
    if head.startswith(_GZIP):
        return _Gzip()
    return _Zstd() if head.startswith(_ZSTD) else None


def plain(file: io.BufferedReader) -> IO[bytes]:
    """Return the file as it is, or what a zstd file holds; gzip, bzip2 and xz are read by `tarfile` itself."""
    if not file.peek(len(_ZSTD)).startswith(_ZSTD):
        return file
    return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
