"""Writing files that must survive a power cut, and asking for room first."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from buildpacks.errors import Refused

MIB = 1 << 20


def sync_folder(folder: Path) -> None:
    """Make the names inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file that somebody else wrote survive a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def move_into_place(temporary: Path, path: Path) -> None:
    """Rename a file whose content is already synced, replacing `path`; both are on one file system."""
    temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock on a file through the block; False where another process or thread has it. The kernel frees it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def alone(path: Path) -> AbstractContextManager[None]:
    """Hold the lock on a file through the block, one process and thread after the other."""
    return _locked(path, fcntl.LOCK_EX)


def shared(path: Path) -> AbstractContextManager[None]:
    """Hold the lock on a file through the block together with whoever else holds it so: waits while somebody has it
    alone (`held`), who cannot get it meanwhile.
    """
    return _locked(path, fcntl.LOCK_SH)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def atomic_write(path: Path, data: bytes, *, tmp: Path, mode: int = 0o600) -> None:
    """Write `path` whole or not at all. `tmp` is a folder on the same file system."""
    descriptor, name = tempfile.mkstemp(dir=tmp, prefix=f"{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        move_into_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def disk_full(path: Path, needed: int, available: int) -> Refused:
    """Return the failure that says how much there is and how much is needed, in MiB rounded up."""
    return Refused("disk-full", path=path, available=available // MIB, needed=-(-needed // MIB))


def require_free(path: Path, needed: int) -> None:
    """Raise Refused `disk-full` unless the file system of `path` has `needed` bytes free for us."""
    available = shutil.disk_usage(path).free
    if available < needed:
        raise disk_full(path, needed, available)
