"""One planned layer -> one reproducible blob, or the one that is there already: its key needs no byte of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from buildpacks.analysis import Analysis, FileState, Member
from buildpacks.errors import Refused
from buildpacks.plan import Literal, Packed, PlannedFile, PlannedLayer, Whole
from buildsvc.image import pack, tar
from buildsvc.image.digest import Descriptor
from buildsvc.image.layout import Layout, copy
from buildsvc.image.types import Layer

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
RECIPE = 1
"""Part of every key: raise it when the bytes that the same plan gives change."""
LONG_AGO = 631152000
"""1990-01-01, the mtime of folders."""
_TWENTY_YEARS = 20 * 365 * 86400


Writer = Callable[[BinaryIO, Callable[[bytes], object]], None]
"""Writes one file's bytes: (the open artifact, where to)."""


@dataclass(frozen=True)
class Owner:
    """The working folder, and the user that may write into it, and into the folders that a plan names beside it."""

    folder: str
    uid: int
    gid: int
    beside: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[str, ...]:
        return (self.folder, *self.beside)


@dataclass(frozen=True)
class Made:
    """`written` bytes: 0 for a layer that was there already."""

    layer: Layer
    written: int


@dataclass(frozen=True)
class _File:
    path: str
    mode: int
    size: int
    identity: str
    mtime: int
    write: Writer


def content_mtime(sha256: str) -> int:
    """Return a moment between 1990 and 2010 that depends on the content alone.

    A CDS archive trusts path, size and mtime: other content of the same size must not have the same one.
    """
    return LONG_AGO + int(sha256[:12], 16) % _TWENTY_YEARS


class LayerMaker:
    """Makes the layers of one artifact; what is the same for all of them is looked up once."""

    def __init__(self, analysis: Analysis, layout: Layout, owner: Owner, stamp: int) -> None:
        self._artifact = Path(analysis.path)
        self._analysis, self._layout, self._owner, self._stamp = analysis, layout, owner, stamp
        self._members = {member.name: member for member in analysis.members}
        self._libraries = {library.entry: library.sha256 for library in analysis.libraries}

    def make(self, planned: PlannedLayer, *, owns_folder: bool = False) -> Made:
        """Make the layer's blob. `owns_folder` adds the user's folders even where no file lies in them.

        Raises Refused `bad-plan` for a path that leaves the image or comes twice, or an entry that is not there.
        """
        if planned.ready is not None:
            return _made(planned.role, planned.ready.digest, planned.ready.size, 0)
        _check_paths(planned.files)
        files = sorted((self._file(file, planned) for file in planned.files), key=lambda file: file.path)
        key = self._key(files, owns_folder=owns_folder)
        known = self._layout.recall("layers", key)
        if isinstance(known, dict) and self._intact(str(known["diff_id"]), int(known["size"])):
            return _made(planned.role, str(known["diff_id"]), int(known["size"]), 0)
        diff_id, size = self._write(files, owns_folder=owns_folder)
        self._layout.remember("layers", key, {"diff_id": diff_id, "size": size})
        return _made(planned.role, diff_id, size, size)

    def _intact(self, digest: str, size: int) -> bool:
        return self._layout.sound(digest) and self._layout.size(digest) == size

    def _key(self, files: list[_File], *, owns_folder: bool) -> str:
        owner = [self._owner.folder, self._owner.uid, self._owner.gid, owns_folder, *self._owner.beside]
        listing = [[file.path, file.mode, file.size, file.identity, file.mtime] for file in files]
        return hashlib.sha256(json.dumps([RECIPE, owner, listing]).encode()).hexdigest()

    def _write(self, files: list[_File], *, owns_folder: bool) -> tuple[str, int]:
        contents = {file.path: file for file in files}
        entries = [tar.TarEntry(file.path, mode=file.mode, mtime=file.mtime, size=file.size) for file in files]
        entries += self._folders(files, owns_folder)
        entries.sort(key=lambda entry: entry.path)
        with self._opened() as artifact, self._layout.writer() as blob:
            for entry in entries:
                blob.write(tar.header(entry))
                if entry.kind == tar.FILE:
                    _write_exactly(contents[entry.path], artifact, blob.write)
                    blob.write(bytes(tar.padding(entry.size)))
            blob.write(tar.END)
            self._require_unchanged(artifact)
        return blob.digest, blob.size

    def _folders(self, files: list[_File], owns_folder: bool) -> Iterable[tar.TarEntry]:
        paths = {str(parent) for file in files for parent in PurePosixPath(file.path).parents}
        if owns_folder:
            for folder in self._owner.folders:
                paths |= {folder, *map(str, PurePosixPath(folder).parents)}
        for path in paths - {"", "."}:
            own = (self._owner.uid, self._owner.gid) if path in self._owner.folders else (0, 0)
            yield tar.TarEntry(path, tar.DIRECTORY, 0o755, LONG_AGO, uid=own[0], gid=own[1])

    def _file(self, file: PlannedFile, planned: PlannedLayer) -> _File:
        size, identity, write = self._source(file, self._pack_time(planned))
        mtime = self._stamp
        if planned.content_mtime:
            if ":" in identity:
                identity = self._digest(write)
            mtime = content_mtime(identity)
        return _File(file.path, file.mode, size, identity, mtime, write)

    def _pack_time(self, planned: PlannedLayer) -> int:
        return LONG_AGO if planned.content_mtime else self._stamp

    def _source(self, file: PlannedFile, pack_time: int) -> tuple[int, str, Writer]:
        """Size, identity (the SHA-256 where it is known without reading, otherwise `artifact:which part`), writer."""
        source, artifact = file.source, self._analysis
        if isinstance(source, Whole):
            return artifact.size, artifact.sha256, lambda jar, write: _whole(jar, write, artifact.size)
        if isinstance(source, Literal):
            body = source.content
            return len(body), hashlib.sha256(body).hexdigest(), lambda _, write: _ignore(write(body))
        if isinstance(source, Packed):
            jar = pack.Pack([(self._member(old), new) for old, new in source.entries], pack_time)
            names = hashlib.sha256(json.dumps(source.entries).encode()).hexdigest()
            return jar.size, f"{artifact.sha256}:{names}:{pack_time}", jar.write
        member = self._member(source.name)
        identity = self._libraries.get(source.name) or f"{artifact.sha256}:{source.name}"
        return member.size, identity, lambda jar, write: pack.content(member, jar, write)

    def _member(self, name: str) -> Member:
        try:
            return self._members[name]
        except KeyError:
            raise Refused("bad-plan.absent", name=name, filename=self._analysis.filename) from None

    def _digest(self, write: Writer) -> str:
        digest = hashlib.sha256()
        with self._opened() as artifact:
            write(artifact, digest.update)
            self._require_unchanged(artifact)
        return digest.hexdigest()

    def _opened(self) -> BinaryIO:
        artifact = self._artifact.open("rb")
        try:
            self._require_unchanged(artifact)
        except Refused:
            artifact.close()
            raise
        return artifact

    def _require_unchanged(self, artifact: BinaryIO) -> None:
        """Raise where the artifact is no longer what was checked: a build that writes its jar anew meanwhile would
        poison what is kept.
        """
        if self._analysis.state not in {None, FileState.of(artifact.fileno())}:
            raise Refused("artifact-changed", filename=self._analysis.filename)


def _write_exactly(file: _File, artifact: BinaryIO, write: Callable[[bytes], object]) -> None:
    """Write the source exactly as long as it was stated to be: one that gives other than the stated size would shift
    everything behind it in the tar.
    """
    count = 0

    def counted(data: bytes) -> None:
        nonlocal count
        count += len(data)
        write(data)

    file.write(artifact, counted)
    if count != file.size:
        raise Refused("damaged-entry.size", path=file.path, count=count, size=file.size)


def _check_paths(files: tuple[PlannedFile, ...]) -> None:
    seen: set[str] = set()
    for file in files:
        parts = file.path.split("/")
        if file.path in seen or not all(parts) or {".", ".."} & set(parts):
            raise Refused("bad-plan.path", path=file.path)
        seen.add(file.path)


def _made(role: str, diff_id: str, size: int, written: int) -> Made:
    return Made(Layer(Descriptor(LAYER_TYPE, diff_id, size), diff_id, role), written)


def _whole(jar: BinaryIO, write: Callable[[bytes], object], size: int) -> None:
    jar.seek(0)
    copy(jar, write, size)


def _ignore(_: object) -> None:
    return None
