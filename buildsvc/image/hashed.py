"""A file in the making: digested on the way, and brought to the disk while it is written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO

FLUSH = 8 << 20
"""Bytes that are worth a flush of their own."""


class HashedFile:
    """Takes the bytes of one file. Bringing them to the disk takes longer than all else that is done with them, so it
    is begun before the last has come.
    """

    def __init__(self, file: IO[bytes], aside: ThreadPoolExecutor) -> None:
        self._file, self._aside = file, aside
        self._hash = hashlib.sha256()
        self._flushing: Future[None] | None = None
        self._flushed = 0
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`."""
        self._hash.update(data)
        rest = memoryview(data)
        while rest:
            # A disk that is nearly full takes a part and says so; the next write gets the error.
            rest = rest[self._file.write(rest) :]
        self.size += len(data)
        if self.size - self._flushed >= FLUSH and (self._flushing is None or self._flushing.done()):
            self._await()
            self._flushed = self.size
            self._flushing = self._aside.submit(os.fdatasync, self._file.fileno())

    def flush(self) -> None:
        """Return when all of it is safely on the disk."""
        self._await()
        os.fsync(self._file.fileno())

    def _await(self) -> None:
        # The kernel tells an error of the disk once: to whichever flush comes first.
        if self._flushing is not None:
            self._flushing.result()

    @property
    def sha256(self) -> str:
        """Of what was written so far, hex."""
        return self._hash.hexdigest()

    @property
    def digest(self) -> str:
        """The same as OCI writes it."""
        return f"sha256:{self.sha256}"


@contextmanager
def hashed(file: IO[bytes]) -> Iterator[HashedFile]:
    """Write to `file` through this; it has no buffer of its own, so that what is flushed is all of it."""
    with ThreadPoolExecutor(1) as aside:
        yield HashedFile(file, aside)
