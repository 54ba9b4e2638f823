"""The content store: an OCI image layout directory whose blobs are named by their SHA-256.

Format: the OCI image layout, `oci-layout`, `index.json` and `blobs/sha256/…`
(github.com/opencontainers/image-spec, image-layout.md). Beside them `index/` remembers which question a blob answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from buildpacks.errors import Failure, NotFound, Refused
from buildsvc.image.digest import DIGEST
from buildsvc.image.hashed import HashedFile, hashed

CHUNK = 1 << 20
LARGEST_DOCUMENT = 4 << 20
"""Bytes of a manifest, an index or a configuration: as many as registries take (OCI distribution-spec 1.1)."""
LARGEST_READ = 64 << 20
"""Bytes of whatever else is read into memory: lists and bills of materials."""
_SOUND = "sound"
"""Blobs whose bytes were seen to be right, with the state that their files had then."""
_FILES = {
    "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    "index.json": b'{"schemaVersion":2,"manifests":[]}',
}


class Layout:
    """Blobs by digest below `root`; `tmp` is a folder on the same file system. Making one touches nothing."""

    def __init__(self, root: Path, tmp: Path) -> None:
        self.root = root
        self.tmp = tmp
        self._blobs = root / "blobs" / "sha256"

    def path(self, digest: str) -> Path:
        """Where a blob is or would be. Raises ValueError for what is no digest, so that no name escapes."""
        if not DIGEST.match(digest):
            raise ValueError(digest)
        return self._blobs / digest[7:]

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def size(self, digest: str) -> int:
        """In bytes. Raises NotFound `no-blob`."""
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            raise _no_blob(digest) from None

    def open(self, digest: str) -> BinaryIO:
        """Open the blob for reading. Raises NotFound `no-blob`."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise _no_blob(digest) from None

    def document(self, digest: str) -> bytes:
        """Read a manifest, an index or a configuration. Raises as `read` does, the bound being that of documents."""
        return self.read(digest, LARGEST_DOCUMENT)

    def read(self, digest: str, most: int = LARGEST_READ) -> bytes:
        """Read a small blob as a whole. Raises NotFound `no-blob`, and `corrupt-blob` where its bytes are not what its
        name says; Refused `blob-too-large` where it has more than `most` bytes: whoever made it says how large it is.
        """
        with self.open(digest) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Refused("blob-too-large", digest=digest, most=most)
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            raise _corrupt(self.path(digest))
        return data

    @contextmanager
    def writer(self, expected: str | None = None) -> Iterator[HashedFile]:
        """Give a blob in the making: it appears under its digest when the block ends well, and not at all otherwise. It
        is flushed before it appears. Raises Refused `wrong-blob` where it is not the `expected` one.
        """
        self.prepare()
        handle, name = tempfile.mkstemp(prefix="blob-", dir=self.tmp)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file, hashed(file) as blob:
                yield blob
                _require_digest(expected, blob.digest)
                blob.flush()
            os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp's 0600 would hide blobs from a group that shares the store
            os.replace(name, self.path(blob.digest))  # noqa: PTH105 - the name is a plain string from mkstemp
            self._vouch(blob.digest)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - see above
            raise
        _sync_directory(self._blobs)

    def add_bytes(self, data: bytes) -> str:
        """Store a small blob; returns its digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if not self.verify(digest):
            with self.writer() as blob:
                blob.write(data)
        return digest

    def verify(self, digest: str, pace: Callable[[int], None] | None = None) -> bool:
        """Whether the blob is there and its bytes still have this digest. All of it is read; `pace` is told the bytes
        of each piece, and may wait.
        """
        try:
            with self.path(digest).open("rb") as file:
                found = _paced_digest(file, pace) if pace else hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return False
        if "sha256:" + found != digest:
            self._forget(digest)
            return False
        return True

    def sound(self, digest: str) -> bool:
        """As `verify`, for what is used often: a blob that was written or read through here, and whose file has not
        changed since, is not read again.
        """
        try:
            state = _state(self.path(digest))
        except FileNotFoundError:
            return False
        if self.recall(_SOUND, digest[7:]) == state:
            return True
        if not self.verify(digest):
            return False
        self.remember(_SOUND, digest[7:], state)
        return True

    def require_sound(self, digest: str) -> None:
        """Raise NotFound `no-blob` or `corrupt-blob` unless the blob is what its name says."""
        if not self.sound(digest):
            raise _corrupt(self.path(digest)) if self.has(digest) else _no_blob(digest)

    def _vouch(self, digest: str) -> None:
        self.remember(_SOUND, digest[7:], _state(self.path(digest)))

    def _forget(self, digest: str) -> None:
        self.forget(_SOUND, digest[7:])

    def __iter__(self) -> Iterator[str]:
        if self._blobs.is_dir():
            for entry in sorted(os.listdir(self._blobs)):  # noqa: PTH208 - names are all that is needed
                if DIGEST.match("sha256:" + entry):
                    yield "sha256:" + entry

    def delete(self, digest: str) -> int:
        """Remove a blob; returns the bytes that became free, 0 when it was not there."""
        try:
            size = self.size(digest)
        except NotFound:
            return 0
        self.path(digest).unlink(missing_ok=True)
        self._forget(digest)
        return size

    def prepare(self) -> None:
        """Make the folders and the two files that an OCI layout has."""
        if self._blobs.is_dir() and self.tmp.is_dir():
            return
        self._blobs.mkdir(parents=True, exist_ok=True)
        self.tmp.mkdir(parents=True, exist_ok=True)
        for name, content in _FILES.items():
            if not (self.root / name).exists():
                self.replace(self.root / name, content)

    def replace(self, path: Path, content: bytes) -> None:
        """Write a small file that must survive: temp, fsync, rename."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = self._temporary("file-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - see writer
        _sync_directory(path.parent)

    def _temporary(self, prefix: str) -> tuple[int, str]:
        self.tmp.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(prefix=prefix, dir=self.tmp)

    def remember(self, kind: str, key: str, value: object) -> None:
        """Keep the answer to a question asked of this store. Only a cache: a lost one is computed again."""
        path = self.root / "index" / kind / key
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = self._temporary("index-")
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(value, sort_keys=True).encode())
        os.replace(name, path)  # noqa: PTH105 - see writer

    def recall(self, kind: str, key: str) -> object | None:
        """Return what was kept under `key`; None when nothing was, or when a power cut left half of it."""
        try:
            value: object = json.loads((self.root / "index" / kind / key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return value

    def recalled(self, kind: str) -> tuple[str, ...]:
        """Return the keys under which something of this kind was kept."""
        folder = self.root / "index" / kind
        return tuple(sorted(os.listdir(folder))) if folder.is_dir() else ()  # noqa: PTH208 - names are all that is needed

    def forget(self, kind: str, key: str) -> None:
        """Drop what was kept under `key`."""
        (self.root / "index" / kind / key).unlink(missing_ok=True)

    def written_at(self, digest: str) -> float:
        """When a blob was written, in seconds since the epoch. Raises NotFound `no-blob`."""
        try:
            return self.path(digest).stat().st_mtime
        except FileNotFoundError:
            raise _no_blob(digest) from None


def copy(source: BinaryIO, write: Callable[[bytes], object], size: int) -> None:
    """Copy exactly `size` bytes. Raises Failure `short-read`: the file became shorter while it was read."""
    while size:
        data = source.read(min(CHUNK, size))
        if not data:
            name = getattr(source, "name", "a file")
            raise Failure("short-read.early", name=name, size=size)
        write(data)
        size -= len(data)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _state(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _paced_digest(file: BinaryIO, pace: Callable[[int], None]) -> str:
    found = hashlib.sha256()
    while data := file.read(CHUNK):
        found.update(data)
        pace(len(data))
    return found.hexdigest()


def _corrupt(path: Path) -> NotFound:
    return NotFound("corrupt-blob", path=path)


def _require_digest(expected: str | None, found: str) -> None:
    if expected in {None, found}:
        return
    raise Refused("wrong-blob", expected=expected, found=found)


def _no_blob(digest: str) -> NotFound:
    return NotFound("no-blob", digest=digest)
