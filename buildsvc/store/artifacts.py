"""Artifacts by digest, as files of the content store that images use too: `blobs/sha256/<hex>`."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import NotFound, Refused
from buildsvc.image.hashed import HashedFile, hashed
from buildsvc.model.streams import Readable
from buildsvc.store.durable_files import MIB, disk_full, move_into_place, require_free

_CHUNK = MIB
_LOOK_EVERY = 64 * MIB
_PREFIX = "upload-"


@dataclass(frozen=True)
class Spooled:
    """Received whole, hashed, not yet kept. `size` in bytes."""

    path: Path
    sha256: str
    size: int


class Artifacts:
    """`root` is the data directory; `tmp`, on the same file system, takes what is being received."""

    def __init__(self, root: Path, tmp: Path) -> None:
        self._blobs = root / "blobs" / "sha256"
        self._tmp = tmp

    def receive(self, stream: Readable, *, limit: int) -> Spooled:
        """Stream to disk while hashing, a MiB at a time; `limit` in bytes. Raises Refused `too-large`, `disk-full`;
        nothing is left then.
        """
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_free(self._tmp, _LOOK_EVERY)
        descriptor, name = tempfile.mkstemp(dir=self._tmp, prefix=_PREFIX)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file, hashed(file) as spool:
                self._copy(stream, spool, limit)
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise disk_full(self._tmp, _LOOK_EVERY, 0) from error
            raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Spooled(path, spool.sha256, spool.size)

    def _copy(self, stream: Readable, spool: HashedFile, limit: int) -> None:
        looked = 0
        while chunk := stream.read(_CHUNK):
            if spool.size + len(chunk) > limit:
                raise _too_large(limit)
            if spool.size - looked >= _LOOK_EVERY:
                looked = spool.size
                require_free(self._tmp, _LOOK_EVERY)
            spool.write(chunk)

    def rewritten(self, spooled: Spooled, write: Callable[[Path, Path], None]) -> Spooled:
        """Another form of what was received: `write(source, target)` makes it. The received one is left. Raises what
        `write` raises, Refused `disk-full`; nothing is left then.
        """
        return self.written(lambda target: write(spooled.path, target), room=spooled.size)

    def written(self, write: Callable[[Path], None], *, room: int) -> Spooled:
        """Spool what `write(target)` makes, `room` bytes or about. Raises what it raises, Refused `disk-full`; nothing
        is left then.
        """
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_free(self._tmp, room)
        descriptor, name = tempfile.mkstemp(dir=self._tmp, prefix=_PREFIX)
        os.close(descriptor)
        path = Path(name)
        try:
            write(path)
            return Spooled(path, _digest(path), path.stat().st_size)
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise disk_full(self._tmp, room, 0) from error
            raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def adopt(self, path: Path, sha256: str = "") -> Spooled:
        """Take a file of the data directory as received, under a second name; the first is left to whoever has it.
        `sha256` (hex) where it is known.
        """
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._tmp, prefix=_PREFIX)
        os.close(descriptor)
        second = Path(name)
        second.unlink()
        os.link(path, second)
        return Spooled(second, sha256 or _digest(second), second.stat().st_size)

    def keep(self, spooled: Spooled) -> Path:
        """Move what was received to where its digest says, and on disk. The same content twice is fine, and what was
        damaged there is whole again.
        """
        target = self._blobs / spooled.sha256
        if target.is_file() and _digest(target) == spooled.sha256:
            self.discard(spooled)
            return target
        self._blobs.mkdir(mode=0o755, parents=True, exist_ok=True)
        with spooled.path.open("rb+") as file:
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        move_into_place(spooled.path, target)
        return target

    def discard(self, spooled: Spooled) -> None:
        spooled.path.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the artifact lies. Raises NotFound `no-such-artifact`."""
        path = self._blobs / sha256
        if len(sha256) != hashlib.sha256().digest_size * 2 or not sha256.isalnum() or not path.is_file():
            raise NotFound("no-such-artifact", sha256=sha256)
        return path

    def remove(self, sha256: str) -> None:
        """Delete an artifact's file; whether a release still needs it is the caller's to know."""
        self.path(sha256).unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _too_large(limit: int) -> Refused:
    return Refused("too-large.upload", limit=limit // MIB)
