"""Which parts the kept artifacts are made of: a small file for each, by digest. The parts lie in the artifacts; all of
this can be made anew at any time. What a list says is believed by nobody: the whole is compared at the end.

A file is a line of ASCII, and for each part in its order its SHA-256 (32 bytes) and its length (8, big endian).
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from buildpacks.archives.cutting import MOST_PARTS, ArtifactPart, parts_of
from buildpacks.archives.directory import DirectoryError
from buildsvc.model.uploading import Stretch
from buildsvc.store.durable_files import atomic_write

MOST_LISTS = 200
"""Lists that are kept and read, the newest: each is read in a millisecond or less."""
_LINE = b"buildsvc-parts-1\n"
_PART = struct.Struct(">32sQ")
_LARGEST = len(_LINE) + MOST_PARTS * _PART.size


class PartLists:
    """Lists in `parts/` of the data directory."""

    def __init__(self, root: Path, tmp: Path) -> None:
        self._folder, self._tmp = root / "parts", tmp

    def has(self, sha256: str) -> bool:
        """Whether an artifact was read already."""
        return (self._folder / sha256).is_file()

    def read_artifact(self, sha256: str, artifact: Path) -> None:
        """Write down what an artifact is made of; an empty list where it cannot be cut. Raises OSError."""
        parts: list[ArtifactPart] = []
        if artifact.stat().st_size:
            with artifact.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                try:
                    parts = list(parts_of(data, len(data)))
                except DirectoryError:
                    parts = []
        packed = (_PART.pack(bytes.fromhex(one.sha256), one.length) for one in parts[:MOST_PARTS])
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(self._folder / sha256, _LINE + b"".join(packed), tmp=self._tmp)
        self._bound()

    def find(self, wanted: Iterable[ArtifactPart], artifacts: Iterable[str]) -> dict[ArtifactPart, Stretch]:
        """Where the wanted parts lie in these artifacts (SHA-256, hex); the first that has one counts."""
        missing = {(bytes.fromhex(one.sha256), one.length): one for one in wanted}
        found: dict[ArtifactPart, Stretch] = {}
        for artifact in artifacts:
            at = 0
            for key in self._read(artifact):
                if key in missing:
                    found[missing.pop(key)] = Stretch(artifact, at, key[1])
                at += key[1]
            if not missing:
                break
        return found

    def newest(self) -> tuple[str, ...]:
        """Name the artifacts that have a list, newest first."""
        try:
            with os.scandir(self._folder) as entries:
                dated = sorted(((entry.stat().st_mtime_ns, entry.name) for entry in entries), reverse=True)
        except FileNotFoundError:
            return ()
        return tuple(name for _, name in dated)

    def remove(self, sha256: str) -> None:
        """Forget what an artifact is made of."""
        (self._folder / sha256).unlink(missing_ok=True)

    def _read(self, sha256: str) -> Iterator[tuple[bytes, int]]:
        try:
            with (self._folder / sha256).open("rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return iter(())
        packed = content.removeprefix(_LINE)
        if len(content) > _LARGEST or len(packed) == len(content) or len(packed) % _PART.size:
            return iter(())
        return _PART.iter_unpack(packed)

    def _bound(self) -> None:
        for sha256 in self.newest()[MOST_LISTS:]:
            self.remove(sha256)
