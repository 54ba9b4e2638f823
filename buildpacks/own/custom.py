"""A site's own buildpacks: the files of one folder, read into the ordered list beside the built-in ones.

A file that cannot be used takes no part, and is kept with its fault: it never stops what a built-in one recognises.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from buildpacks.buildpack import Broken, Buildpack, Buildpacks
from buildpacks.errors import Refused
from buildpacks.own import declared, declared_plan, scripted
from buildpacks.sentences.values import foreign

ENDINGS = (".toml", ".py")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}\.(?:toml|py)")
"""What a file is called that is read; nothing else in the folder is looked at."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_LARGEST = 1 << 20
Signature = tuple[tuple[str, int, int, int], ...]


def files(folder: Path) -> tuple[Path, ...]:
    """Return the files of the folder that are meant to be buildpacks, by name; none where it is absent."""
    try:
        return tuple(sorted(path for path in folder.iterdir() if _is_meant(path.name)))
    except (FileNotFoundError, NotADirectoryError):
        return ()


def signature(folder: Path) -> Signature:
    """Return what changes when a file does: name, time, size and place of each. One `stat` a file, nothing is read."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_meant(entry.name):
                    # A link that leads nowhere is a file too that can be mended.
                    told = entry.stat(follow_symlinks=Path(entry.path).exists())
                    found.append((entry.name, told.st_mtime_ns, told.st_size, told.st_mode ^ told.st_ino << 16))
        if found:
            found.append(("", 0, 0, folder.stat().st_mode))
    except OSError:
        return (("", 0, 0, 0),) if folder.exists() else ()
    return tuple(sorted(found))


def gather(folder: Path, built_in: Buildpacks) -> Buildpacks:
    """Return the built-in buildpacks and those of the folder, in the order in which they are asked.

    A file that says `before` stands directly in front of that built-in one, every other behind all of them; among
    each other by file name.
    """
    found: list[Buildpack] = []
    broken: list[Broken] = []
    try:
        paths = _readable(folder)
    except Refused as fault:
        return Buildpacks(built_in.ordered, (Broken(str(folder), fault),))
    for path in paths:
        try:
            found.append(_checked(_read(path), built_in))
        except Refused as fault:
            broken.append(Broken(str(path), fault))
    twins = _twins(found)
    usable = [one for one in found if one.file not in {twin.file for twin in twins}]
    return Buildpacks(_ordered(usable, built_in), (*broken, *twins))


def _readable(folder: Path) -> tuple[Path, ...]:
    try:
        paths = files(folder)
        if paths:
            _refuse_writable(folder, folder.stat())
    except OSError as error:
        raise Refused("bad-buildpack.folder", folder=folder, why=foreign(error, path=False)) from error
    return paths


def _is_meant(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def _read(path: Path) -> Buildpack:
    if not FILE.fullmatch(path.name):
        raise Refused("bad-buildpack.file-name", path=path)
    try:
        told = path.stat()
        _refuse_writable(path, told)
        if told.st_size > _LARGEST or not stat.S_ISREG(told.st_mode):
            raise Refused("bad-buildpack.large", path=path, largest=_LARGEST)
        data = path.read_bytes()
    except OSError as error:
        raise Refused("bad-buildpack.unreadable", path=path, why=foreign(error, path=False)) from error
    if path.suffix == ".toml":
        one = declared_plan.buildpack(declared.parse(str(path), data))
    else:
        one = scripted.load(str(path), data)
    digest = hashlib.sha256(data).hexdigest()
    # A release tells which state of the file made it.
    return replace(one, plan=lambda analysis: replace(one.plan(analysis), buildpack_digest=digest))


def _refuse_writable(path: Path, told: os.stat_result) -> None:
    # What lies there is run with the rights of the service.
    if told.st_mode & stat.S_IWOTH and os.name == "posix":
        raise Refused("bad-buildpack.writable", path=path)


def _checked(one: Buildpack, built_in: Buildpacks) -> Buildpack:
    names = [other.name for other in built_in.ordered]
    if not _NAME.fullmatch(one.name):
        raise Refused("bad-buildpack.called", file=one.file, name=one.name)
    if one.name in names:
        raise Refused("buildpack-twice.built-in", file=one.file, name=one.name)
    if one.before is not None and one.before not in names:
        close = difflib.get_close_matches(one.before, names, n=1)
        raise Refused(
            "bad-buildpack.before", file=one.file, before=one.before, near=close, names=[] if close else names
        )
    return one


def _twins(found: Sequence[Buildpack]) -> tuple[Broken, ...]:
    """Of several with one name none takes part: nobody could say which one it was."""
    by_name: dict[str, list[str]] = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one.file or "")
    return tuple(
        Broken(file, Refused("buildpack-twice.each-other", same=same, name=name))
        for name, same in by_name.items()
        if len(same) > 1
        for file in same
    )


def _ordered(own: Iterable[Buildpack], built_in: Buildpacks) -> tuple[Buildpack, ...]:
    own = tuple(own)
    found: list[Buildpack] = []
    for one in built_in.ordered:
        found += [other for other in own if other.before == one.name]
        found.append(one)
    return (*found, *(other for other in own if other.before is None))
