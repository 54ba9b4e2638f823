"""One tar from a laptop to the server: the Compose file and all that it names beside it. Runs on Windows too.

The first member, `buildsvc.json`, says which file is the Compose file, the name of its folder, and the `--env-file`
variables; the others lie below `files/`, as they lay below the folder that holds them all.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from buildpacks import strict_json
from buildpacks.archives import names, tar_headers
from buildpacks.archives.limits import DEFAULT
from buildpacks.errors import Refused
from buildpacks.sentences.wording import Wording
from buildsvc.compose.content_tars import Item, size_of, walk, write_tar
from buildsvc.compose.envfile import read_env_file
from buildsvc.compose.faults import Faults
from buildsvc.compose.named import jars_of, named, plain
from buildsvc.compose.parsing import load, parse, variables_of
from buildsvc.compose.source import Source
from buildsvc.model.units import spell_size

MAX_BYTES = 64 * 1024 * 1024
_MAX_MEMBERS = 20_000
_MAX_HEADER = 4 * 1024 * 1024
_HEADER = "buildsvc.json"
_FOLDER = "files"
_IN_MEMORY = 8 * 1024 * 1024


def gather(
    file: Path, env_files: Sequence[Path] = (), more: Sequence[Path] = (), *, own_folder: bool = False
) -> IO[bytes]:
    """Return a stream, at its beginning, of one deterministic tar: the file, those `more` that are laid over it, what
    they include and extend, `.env`, env_files, relative bind sources and Dockerfiles. `own_folder`: it was not the
    person here who named the file, so nothing from outside its folder goes along.

    The caller closes it. Raises Refused: `too-large` above 64 MB, naming the largest; `missing-file`; `bad-path` for
    what lies outside its folder and may not; and whatever is wrong with the file so early.
    """
    env: dict[str, str] = {}
    for env_file in env_files:
        env.update(read_env_file(env_file, str(env_file), env))
    folder = file.parent.resolve()
    over = [os.path.relpath(one.resolve(), folder) for one in more]
    # On the laptop nothing else bounds it: the folder above all is the root of the disk.
    bound = folder if own_folder else Path(folder.anchor)
    local = Source(folder, file.name, env, bound=bound, more=tuple(one.replace("\\", "/") for one in over))
    faults = Faults(file.name)
    top, files = load(local, variables_of(local), faults)
    paths = [*map(plain, files), *named(top, folder)]
    if faults.found:
        _refuse_all(local, faults)
    if (folder / ".env").is_file():
        paths.append(folder / ".env")
    root = folder
    while not all(path.is_relative_to(root) for path in paths):
        root = root.parent
    items = _items(paths, root, folder if own_folder else None)
    _check_size(items, root)
    header = {
        "file": (folder / file.name).relative_to(root).as_posix(),
        "directory": folder.name,
        "env": env,
        "more": list(local.more),
        "jars": jars_of(top, folder),
    }
    return _pack([Item(_HEADER, json.dumps(header, sort_keys=True).encode(), 0o600), *items])


def names_in(gathered: IO[bytes]) -> tuple[str, ...]:
    """Return the files that `gather` put into a stream, which is left at its beginning."""
    gathered.seek(0)
    with tar_headers.opened(gathered) as tar:
        found = tuple(one.name.partition("/")[2] for one in tar if one.isreg() and one.name != _HEADER)
    gathered.seek(0)
    return found


def _refuse_all(local: Source, found: Faults) -> None:
    """Raise Refused with what is wrong on the laptop, and with all else that is wrong with the file: the server, which
    would say so, is not asked before this is mended.
    """
    whole = Faults(local.shown)
    with tempfile.TemporaryDirectory() as tmp, suppress(Refused):
        parse(local, tmp=Path(tmp), faults=whole)
    known = {(one.path, one.code) for one in whole.found}
    whole.found += [one for one in found.found if (one.path, one.code) not in known]
    whole.refuse()


def unpack(stream: IO[bytes], into: Path) -> Source:
    """Unpack what `gather` made into the empty folder `into`. `stream` need not seek.

    Raises Refused `bad-tar` for anything else: absolute names, `..`, links, devices, a broken tar; `too-large`.
    """
    header: dict[str, object] | None = None
    total = members = 0
    try:
        with tar_headers.opened(stream) as tar:
            for member in tar:
                total, members = total + member.size, members + 1
                if total > MAX_BYTES + _IN_MEMORY or members > _MAX_MEMBERS:
                    raise Refused("too-large.sent", limit=spell_size(MAX_BYTES))
                if members == 1:
                    header = _header(tar, member)
                else:
                    _extract(tar, member, into)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise Refused("bad-tar.damaged", error=error) from error
    return _source(header, into / _FOLDER)


def other_file(source: Source, file: str) -> Source:
    """Return the same things that were sent, read from another Compose file of them. Raises Refused `bad-tar`."""
    path = _sent(source.root, file)
    return replace(source, root=path.parent, file=path.name)


def _items(paths: Iterable[Path], root: Path, within: Path | None) -> list[Item]:
    found: dict[str, Item] = {}
    for path in paths:
        relative = path.relative_to(root).as_posix()
        name = _FOLDER if relative == "." else f"{_FOLDER}/{relative}"
        found.update({item.name: item for item in walk(path, name, within=within)})
    return [found[name] for name in sorted(found)]


def _check_size(items: list[Item], root: Path) -> None:
    total = size_of(items)
    if total <= MAX_BYTES and len(items) < _MAX_MEMBERS:
        return
    largest = sorted(((size_of([item]), item.name) for item in items), reverse=True)[:3]
    raise Refused(
        "too-large.beside",
        root=root,
        total=spell_size(total),
        count=len(items),
        largest=[f"{name.removeprefix(_FOLDER + '/')} ({spell_size(size)})" for size, name in largest],
        limit=spell_size(MAX_BYTES),
    )


def _pack(items: list[Item]) -> IO[bytes]:
    out = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - handed to the caller, who closes it
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        write_tar(items, tar)
    out.seek(0)
    return out


def _header(tar: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, object]:
    stream = tar.extractfile(member) if member.isreg() and member.name == _HEADER else None
    loaded = strict_json.read(stream.read(_MAX_HEADER)) if stream is not None else None
    if not isinstance(loaded, dict):
        raise Refused("bad-tar.begin")
    return loaded


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    parts = PurePosixPath(member.name).parts
    inside = parts[:1] == (_FOLDER,) and ".." not in parts and "\\" not in member.name
    if not inside or len(member.name.encode("utf-8", "surrogateescape")) > DEFAULT.name:
        shown = names.shown(member.name)
        raise Refused("bad-tar.name", shown=shown)
    names.safe(Wording("what-was-sent"), member.name, DEFAULT)
    target = into.joinpath(*parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    stream = tar.extractfile(member) if member.isreg() else None
    if stream is None:
        raise Refused("bad-tar.kind", member=member.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        shutil.copyfileobj(stream, out)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _source(header: dict[str, object] | None, root: Path) -> Source:
    header = header or {}
    file, directory, env = header.get("file"), header.get("directory"), header.get("env")
    if not isinstance(file, str) or not isinstance(directory, str) or not isinstance(env, dict):
        raise Refused("bad-tar.header")
    path = _sent(root, file)
    known = {str(key): str(value) for key, value in env.items()}
    more, jars = header.get("more", []), header.get("jars", {})
    if not isinstance(more, list) or not isinstance(jars, dict):
        raise Refused("bad-tar.header")
    home = path.parent.relative_to(root)
    for one in more:
        _sent(root, plain(Path(home, str(one))).as_posix())
    built = {str(key): str(value) for key, value in jars.items()}
    return Source(path.parent, path.name, known, directory, root, tuple(map(str, more)), built)


def _sent(root: Path, file: str) -> Path:
    """Return a file of those that were sent. Raises Refused `bad-tar` for every other one of this machine."""
    asked = PurePosixPath(file.replace("\\", "/"))
    inside = file.isprintable() and not asked.is_absolute() and ".." not in asked.parts
    fits = len(file) <= DEFAULT.name and all(len(part.encode()) <= names.LONGEST_FILE_NAME for part in asked.parts)
    path = root / asked
    if not inside or not fits or not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        shown = names.shown(file)
        raise Refused("bad-tar.lacks", shown=shown)
    return path
