"""A thin jar joined with the libraries that its Class-Path names, out of several archives.

Source: JAR File Specification, "Class-Path attribute"; a library's own Class-Path is followed too, as Java does.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from buildpacks.analysis import Analysis, Member
from buildpacks.archives.zips import open_archive
from buildpacks.errors import Refused
from buildpacks.facts import jar_manifest, library
from buildpacks.programs import starts, thin
from buildpacks.programs.folders import MANIFEST
from buildpacks.programs.joined import Joined, Piece
from buildpacks.programs.starts import Start


def of_jar(jar: Analysis, former: Analysis | None, sources: Sequence[Analysis]) -> Joined:
    """`jar` with its libraries out of `sources`, the first that has one counts. It takes the place of the program in
    `former`, a folder whose other files stay, except libraries that only the former program named.

    Raises Refused `library-twice` where a source has several files that a path may mean.
    """
    if former is None:
        return _join(jar.manifest, Piece(_place(jar), jar, None), None, (), sources)
    start = _start(former)
    assert start.program is not None
    gone = {start.jar, *thin.named(start.program.manifest, start.jar)}
    stays = tuple(member for member in former.members if member.name not in gone)
    same = any(item.entry == start.jar and item.sha256 == jar.sha256 for item in former.libraries)
    place = start.jar if same else _former_place(jar, start)
    return _join(jar.manifest, Piece(place, jar, None), former, stays, sources)


def of_folder(folder: Analysis, sources: Sequence[Analysis]) -> Joined:
    """Join a folder with a thin program and its libraries out of `sources`, of which it may be one itself."""
    start = _start(folder)
    assert start.program is not None
    own = next(member for member in folder.members if member.name == start.jar)
    return _join(start.program.manifest, Piece(start.jar, folder, own), folder, folder.members, sources)


def _join(
    told: Mapping[str, str],
    program: Piece,
    folder: Analysis | None,
    stays: Collection[Member],
    sources: Sequence[Analysis],
) -> Joined:
    pieces = {member.name: Piece(member.name, folder, member) for member in stays if folder and not member.is_dir}
    pieces[program.name] = program
    named = [path for path in thin.named(told, program.name) if path != program.name]
    found = {path: piece for path in named if (piece := _find(path, sources)) is not None}
    _refuse_shared(found)
    settled = {program.name}
    for source in sources:
        # What a folder holds already stays with it; what comes out of an earlier source takes its place.
        if source is folder:
            settled |= pieces.keys()
        else:
            taken = [piece for piece in found.values() if piece.source is source]
            found |= _following(source, taken, found.keys() | settled)
    pieces |= found
    return Joined(
        jar=program.name,
        pieces=tuple(pieces[name] for name in sorted(pieces)),
        libraries=tuple(sorted({*found, *(path for path in named if path in pieces)})),
        missing=tuple(path for path in named if path not in pieces),
    )


def _refuse_shared(found: Mapping[str, Piece]) -> None:
    """Two places of one file name want two libraries: one for both would be the wrong one for one of them."""
    first: dict[tuple[str, str], str] = {}
    for path, piece in found.items():
        if piece.source is None or piece.member is None:
            continue
        other = first.setdefault((piece.source.path, piece.member.name), path)
        if other != path:
            raise Refused(
                "library-twice.one-for-two",
                one=other,
                other=path,
                source=piece.source.filename,
                entry=piece.member.name,
            )


def _find(path: str, sources: Sequence[Analysis]) -> Piece | None:
    """Return the file that a path of the Class-Path means: of those with its name, the one whose folders agree the
    most.
    """
    if path.startswith(("../", "/")) or urlsplit(path).scheme:
        return None
    for source in sources:
        same = [one for one in source.members if not one.is_dir and _last(one.name) == _last(path)]
        if same:
            return Piece(path, source, _nearest(path, same, source))
    return None


def _nearest(path: str, found: list[Member], source: Analysis) -> Member:
    def agreeing(member: Member) -> int:
        pairs = zip(reversed(path.split("/")), reversed(member.name.split("/")), strict=False)
        return next((count for count, (one, other) in enumerate(pairs) if one != other), len(path))

    most = max(agreeing(member) for member in found)
    best = sorted((member for member in found if agreeing(member) == most), key=lambda member: member.name)
    if len({(member.crc, member.size) for member in best}) > 1:
        raise Refused("library-twice", path=path, one=best[0].name, other=best[1].name, source=source.filename)
    return best[0]


def _following(source: Analysis, taken: list[Piece], present: Collection[str]) -> dict[str, Piece]:
    """Find what the Class-Paths of the libraries taken name beside them in their archive, and so on; what is absent
    Java does not miss.
    """
    found: dict[str, Piece] = {}
    waiting = [piece for piece in taken if piece.member and piece.name.lower().endswith(".jar")]
    seen = {piece.member.name for piece in taken if piece.member}
    if not waiting:
        return found
    with open_archive(Path(source.path), name=source.filename) as archive:
        while waiting:
            piece = waiting.pop()
            assert piece.member is not None
            told = jar_manifest.parse(library.pick(archive, piece.member, {MANIFEST}).get(MANIFEST, b""))
            for entry in thin.named(told, piece.member.name):
                name = _moved(entry, piece.member.name, piece.name)
                if entry not in archive or entry in seen or name in present or name.startswith("../"):
                    continue
                seen.add(entry)
                found[name] = Piece(name, source, archive.by_name[entry])
                if entry.lower().endswith(".jar"):
                    waiting.append(found[name])
    return found


def _moved(entry: str, beside: str, beside_now: str) -> str:
    """Where an entry lies that keeps its place beside another one that has moved."""
    way = posixpath.relpath(f"/{entry}", posixpath.dirname(f"/{beside}"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside_now), way))


def _start(folder: Analysis) -> Start:
    found = starts.decide(folder)
    assert isinstance(found, Start)
    return found


def _place(jar: Analysis) -> str:
    """Where the jar lies in a zip of its own: deep enough for a Class-Path that goes up."""
    up = max((path.split("/").count("..") for path in thin.named(jar.manifest)), default=0)
    return "bin/" * up + _name(jar)


def _former_place(jar: Analysis, start: Start) -> str:
    """Where the former program lies; under its name too where a start script looks for that."""
    folder, slash, name = start.jar.rpartition("/")
    return start.jar if start.script and name in start.script.jars else folder + slash + _name(jar)


def _name(jar: Analysis) -> str:
    name = _last(jar.filename.replace("\\", "/"))
    return name if name.lower().endswith(".jar") else f"{name}.jar"


def _last(path: str) -> str:
    return path.rpartition("/")[2]
