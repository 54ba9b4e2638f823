"""Files out of the watched folder and back into it. Whoever writes there names what lies there: no link is followed,
none that is put there meanwhile either, and only files are taken, no pipes or devices. Source: openat(2).
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildpacks.errors import Refused
from buildsvc.store.durable_files import sync_folder

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
"""Where no second name can be given to a file: another file system, a share."""


def take(root: Path, path: Path, place: Path) -> None:
    """Move a file that lies below `root` into the folder `place`; it is gone from there once it is safe here.

    Raises Refused `not-a-file` for what is none (any more); OSError.
    """
    target = place / path.name
    with _opened(root, path.parent) as folder:
        _require_file(os.stat(path.name, dir_fd=folder, follow_symlinks=False), path)
        try:
            os.rename(path.name, target, src_dir_fd=folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            part = target.with_name(f"{target.name[:100]}.part")
            with _reading(path.name, folder, path) as source:
                _copied(source, os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            part.rename(target)
            os.unlink(path.name, dir_fd=folder)
    try:
        _require_file(target.lstat(), path)
    except Refused:
        target.unlink()
        raise
    sync_folder(place)


def put_back(taken: Path, root: Path, path: Path) -> None:
    """Give a file that was taken its place again, unless there is another one by now. Raises OSError."""
    with _opened(root, path.parent) as folder:
        try:
            os.link(taken, path.name, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            part = f".{uuid.uuid4().hex}.tmp"
            made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder)
            _copied(os.open(taken, _READ), made)
            os.rename(part, path.name, src_dir_fd=folder, dst_dir_fd=folder)


def beginning(path: Path, size: int) -> bytes:
    """Read the first `size` bytes of a file, however long it is. Raises OSError where it is none, or a link."""
    descriptor = os.open(path, _READ)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(size)


def files(folder: Path) -> list[Path]:
    """List what is a file and no link, in the order of names; nothing where the folder is away."""
    try:
        return sorted(Path(one.path) for one in os.scandir(folder) if one.is_file(follow_symlinks=False))
    except FileNotFoundError:
        return []


def others(folder: Path) -> list[Path]:
    """List what is neither a file nor a folder: links, pipes, devices."""
    try:
        found = [
            Path(one.path)
            for one in os.scandir(folder)
            if not one.is_file(follow_symlinks=False) and not one.is_dir(follow_symlinks=False)
        ]
    except FileNotFoundError:
        return []
    return sorted(found)


def subfolders(folder: Path) -> list[Path]:
    """List what is a folder and no link to one, without hidden ones."""
    try:
        return sorted(
            Path(one.path)
            for one in os.scandir(folder)
            if one.is_dir(follow_symlinks=False) and not one.name.startswith(".")
        )
    except (FileNotFoundError, PermissionError):
        return []


@contextmanager
def _opened(root: Path, folder: Path) -> Iterator[int]:
    """Open a folder below `root` step by step, so that no step is a link. Raises OSError."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folder.relative_to(root).parts:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _reading(name: str, folder: int, path: Path) -> Iterator[int]:
    descriptor = os.open(name, _READ, dir_fd=folder)
    _require_file(os.fstat(descriptor), path)
    yield descriptor


def _require_file(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refused("not-a-file.taking", file=ascii(path.name)[1:-1])


def _copied(source: int, target: int) -> None:
    """Copy between two open files, which are closed; the content and its time are safe then."""
    with os.fdopen(source, "rb") as reading, os.fdopen(target, "wb") as writing:
        shutil.copyfileobj(reading, writing, 1 << 20)
        writing.flush()
        found = os.fstat(source)
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
        os.fsync(target)
