"""Which processes live: each holds a lock on a file of its own, and the kernel frees it, however the process ends.

A lock by `flock` belongs to the open file: a forked child that inherits it keeps the holder alive. So make a `Holder`
after the fork, in the process that does the work; programs started from there inherit nothing (the descriptor is
closed on exec).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from buildsvc.model.clock import Ids

BORN_WITHIN = 60.0
"""Seconds that a holder may take from its file to its lock."""


class Holder:
    """A living process, from `start` to `stop` or its end. `id` is unique; `name` is for people."""

    def __init__(self, folder: Path, name: str, ids: Ids) -> None:
        self.folder = folder
        self.name = name
        self.id = ids.new()
        self._descriptor: int | None = None

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _lock_path(self.folder, self.id)
        new = path.with_suffix(".new")
        self._descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        os.write(self._descriptor, f"{self.name} {os.getpid()}\n".encode())
        # Locked before it can be seen: nobody finds it unlocked and sweeps it away.
        new.rename(path)

    def stop(self) -> None:
        if self._descriptor is not None:
            _lock_path(self.folder, self.id).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def _lock_path(folder: Path, holder_id: str) -> Path:
    return folder / f"{holder_id}.lock"


def alive(folder: Path, holder_id: str) -> bool:
    """Whether the holder's process still has its lock."""
    try:
        descriptor = os.open(_lock_path(folder, holder_id), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sweep(folder: Path) -> None:
    """Remove the lock files of the dead, and what was left by one that died before it was seen."""
    for path in _lock_files(folder):
        if not alive(folder, path.stem):
            path.unlink(missing_ok=True)
    for path in folder.glob("*.new"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > BORN_WITHIN:
                path.unlink()


def _lock_files(folder: Path) -> Iterator[Path]:
    return folder.glob("*.lock")
