"""The zip that a thin jar and its libraries become: what it holds, whether that is new, and writing it.

The same pieces give the same zip, byte for byte: entries by name, stored, with their own times.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from buildpacks.analysis import Analysis, Member
from buildpacks.archives.tars import dos_time
from buildpacks.archives.zips import Archive, open_archive
from buildpacks.facts import library

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Piece:
    """One entry of the zip to be: its name there, the archive and the entry that it comes from; `member` None is the
    whole file.
    """

    name: str
    source: Analysis
    member: Member | None

    @property
    def size(self) -> int:
        return self.source.size if self.member is None else self.member.size

    @property
    def mtime(self) -> int:
        return self.source.newest_mtime if self.member is None else self.member.mtime


@dataclass(frozen=True)
class Joined:
    """What the zip will hold, by name. `jar` is the program, `libraries` the names of what Class-Paths asked for,
    `missing` the paths that no archive has.
    """

    jar: str
    pieces: tuple[Piece, ...]
    libraries: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes that the zip will hold."""
        return sum(piece.size for piece in self.pieces)

    def taken(self, source: Analysis) -> tuple[Piece, ...]:
        """Return the libraries that come from this archive."""
        wanted = set(self.libraries)
        return tuple(piece for piece in self.pieces if piece.source is source and piece.name in wanted)


def changed(joined: Joined, former: Analysis) -> tuple[str, ...]:
    """Return the entries whose content is another than in `former`, or that only one of the two has; by name."""
    sources = {id(piece.source): piece.source for piece in joined.pieces}
    digests = {key: {item.entry: item.sha256 for item in source.libraries} for key, source in sources.items()}
    now = {piece.name: _content(piece.source, piece.member, digests[id(piece.source)]) for piece in joined.pieces}
    own = {item.entry: item.sha256 for item in former.libraries}
    before = {member.name: _content(former, member, own) for member in former.members if not member.is_dir}
    return tuple(sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name)))


def holds_libraries(jar: Analysis, joined: Joined) -> bool:
    """Whether the jar has a class of one of its libraries inside: then they were merged into it, and its Class-Path is
    only left over.
    """
    own = {member.name for member in jar.members}
    wanted = set(joined.libraries)
    with _opened(joined) as archives:
        return any(
            library.first_class(archives[id(piece.source)], piece.member) in own
            for piece in joined.pieces
            if piece.member is not None and piece.name in wanted
        )


def write(joined: Joined, target: Path) -> None:
    """Write the zip. Raises Refused where an entry is damaged."""
    with _opened(joined) as archives, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for piece in joined.pieces:
            info = zipfile.ZipInfo(
                piece.name, dos_time(piece.member.mtime if piece.member else piece.source.newest_mtime)
            )
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            info.file_size = piece.size
            with out.open(info, "w", force_zip64=piece.size >= zipfile.ZIP64_LIMIT) as entry:
                for chunk in _content_of(piece, archives):
                    entry.write(chunk)


def _content(source: Analysis, member: Member | None, digests: Mapping[str, str]) -> object:
    """Return what tells whether two entries hold the same."""
    if member is None:
        return source.sha256
    return digests.get(member.name) or (member.crc, member.size)


def _content_of(piece: Piece, archives: Mapping[int, Archive]) -> Iterator[bytes]:
    if piece.member is not None:
        archive = archives[id(piece.source)]
        yield from archive.stream(piece.member.name)
        archive.let_go(piece.member)
        return
    with Path(piece.source.path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


@contextmanager
def _opened(joined: Joined) -> Iterator[dict[int, Archive]]:
    """Open the archives that its pieces come from, by the identity of their analyses."""
    sources = {id(piece.source): piece.source for piece in joined.pieces if piece.member is not None}
    with ExitStack() as stack:
        yield {
            key: stack.enter_context(open_archive(Path(source.path), name=source.filename))
            for key, source in sources.items()
        }
