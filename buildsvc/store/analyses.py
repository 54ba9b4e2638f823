"""What artifacts were understood to be: one small file for each, by digest. All of it can be made anew at any time.

A file is a line of ASCII and a body. The line: a word for the form, the version of the analyser that stated the facts,
and the SHA-256 (hex) of the body. The body: JSON, deflated (zlib, RFC 1950). Whatever does not fit that is no record.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from buildpacks.analysis import Analysis, Member
from buildsvc.store.durable_files import atomic_write
from buildsvc.store.ledger.codec import dump, load

_FORM = b"buildsvc-analysis-1"
_FASTEST = 1
"""Of zlib's levels: a fifth of the size in a few milliseconds; the best one takes ten times as long for a tenth."""
_LARGEST = 256 << 20
"""Bytes of a body, unpacked: some 10 MB are what the largest archives need that are taken."""
_LARGEST_FILE = 64 << 20


@dataclass(frozen=True)
class _Columns:
    """Members, one list for each of their fields: read and written in half the time, and smaller, than one by one."""

    name: list[str]
    size: list[int]
    compressed_size: list[int]
    crc: list[int]
    offset: list[int]
    stored: list[bool]
    is_dir: list[bool]
    mtime: list[int]


@dataclass(frozen=True)
class _Record:
    """An analysis without its members and its raw bytes, and these beside it; bytes as text, one sign for each."""

    analysis: Analysis
    members: _Columns
    configuration: dict[str, str]
    layers_index: str | None
    classpath_index: str | None


class Analyses:
    """Records in `analyses/` of the data directory; `version` is that of the analyser whose records count."""

    def __init__(self, root: Path, tmp: Path, version: str) -> None:
        self._folder, self._tmp, self._version = root / "analyses", tmp, version

    def keep(self, analysis: Analysis) -> None:
        """Keep it as what is known of its artifact; what was kept before gives way. Raises OSError."""
        text = dump(_Record, _packed(analysis)).encode()
        body = zlib.compress(text, _FASTEST)
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(self._folder / analysis.sha256, self._line(body) + body, tmp=self._tmp)

    def read(self, sha256: str, path: Path) -> Analysis | None:
        """Return what is known of the artifact, which lies at `path`. None where nothing is, where another version of
        the analyser stated it, and where the record is damaged.
        """
        try:
            with (self._folder / sha256).open("rb") as file:
                line, _, body = file.read(_LARGEST_FILE).partition(b"\n")
        except OSError:
            return None
        if line + b"\n" != self._line(body):
            return None
        try:
            inflate = zlib.decompressobj()
            text = inflate.decompress(body, _LARGEST)
            found = _unpacked(load(_Record, text.decode()), path) if inflate.eof else None
        except (zlib.error, ValueError):
            return None
        return found if found is not None and found.sha256 == sha256 else None

    def damaged(self) -> tuple[str, ...]:
        """Return the artifacts whose record is not what was written; one of another version is whole."""
        if not self._folder.is_dir():
            return ()
        return tuple(path.name for path in sorted(self._folder.iterdir()) if not _is_whole(path))

    def known(self) -> tuple[str, ...]:
        """Return the artifacts that something is known of, by digest."""
        return tuple(sorted(path.name for path in self._folder.iterdir())) if self._folder.is_dir() else ()

    def remove(self, sha256: str) -> None:
        """Forget what is known of an artifact."""
        (self._folder / sha256).unlink(missing_ok=True)

    def _line(self, body: bytes) -> bytes:
        return b"%s %s %s\n" % (_FORM, self._version.encode(), hashlib.sha256(body).hexdigest().encode())


def _is_whole(path: Path) -> bool:
    line, _, body = path.read_bytes().partition(b"\n")
    return line.split(b" ")[-1] == hashlib.sha256(body).hexdigest().encode()


def _packed(analysis: Analysis) -> _Record:
    rows = [(m.name, m.size, m.compressed_size, m.crc, m.offset, m.stored, m.is_dir, m.mtime) for m in analysis.members]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(8)]
    return _Record(
        replace(analysis, path="", members=(), configuration={}, layers_index=None, classpath_index=None),
        _Columns(*columns),
        {name: content.decode("latin-1") for name, content in analysis.configuration.items()},
        _text(analysis.layers_index),
        _text(analysis.classpath_index),
    )


def _unpacked(record: _Record, path: Path) -> Analysis:
    columns = record.members
    rows = zip(
        columns.name,
        columns.size,
        columns.compressed_size,
        columns.crc,
        columns.offset,
        columns.stored,
        columns.is_dir,
        columns.mtime,
        strict=True,
    )
    return replace(
        record.analysis,
        path=str(path),
        members=tuple(Member(*row) for row in rows),
        configuration={name: text.encode("latin-1") for name, text in record.configuration.items()},
        layers_index=_bytes(record.layers_index),
        classpath_index=_bytes(record.classpath_index),
    )


def _text(content: bytes | None) -> str | None:
    return content.decode("latin-1") if content is not None else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode("latin-1") if text is not None else None
