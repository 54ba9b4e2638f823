"""Whether an application needs what newer Java releases no longer have, and what to do then.

Asked about one Java release, so that nothing is looked at where it cannot matter: an application that was compiled for
Java 17 does not miss what was removed before. Its own classes are read (all text of a class file lies in its constant
pool: Java Virtual Machine Specification, section 4.4), and of its libraries only names. A library that merely knows of
JAXB mostly does without it; those that do not are listed in `java/frameworks.toml`.
"""

from __future__ import annotations

import mmap
import re
import struct
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buildpacks import classfile
from buildpacks.analyse import own_prefix
from buildpacks.analysis import Analysis
from buildpacks.archives import beginnings
from buildpacks.archives.zips import open_archive
from buildpacks.facts import library
from buildpacks.java import frameworks
from buildpacks.programs import starts
from buildpacks.sentences.wording import Wording

_LARGEST = 1 << 20
"""Bytes of one class that are looked at; real ones are smaller."""
_AT_MOST = 16 << 20
"""Bytes of classes that are unpacked of the application itself; what is beyond is not looked at."""
_MOST_NESTED = 5000
"""Classes that are looked at of a jar in a folder."""
_UMBRELLAS = ("com/google/", "org/apache/", "org/eclipse/", "org/springframework/")
"""Below these, applications and libraries differ only in the third part of their packages' names."""
_RELOCATED = re.compile(r"/(?:cn|com|edu|io|jakarta|javax|net|org)/")
"""Below the application's own packages: a library that was moved there when all was merged into one jar."""
LONG_TERM = (8, 11, 17, 21, 25)
"""Releases with long-term support, oldest first."""


@dataclass(frozen=True)
class Removed:
    """Something that Java had. `since` is the first release without it; `classes` a pattern over names as class files
    write them. `texts`: only classes that also have one of these texts. `supplied_by`: an entry that shows a stand-in.
    """

    name: str
    since: int
    classes: re.Pattern[bytes]
    remedy: Wording
    texts: tuple[bytes, ...] = ()
    supplied_by: str = ""
    in_tomcat: bool = False

    def used_by(self, data: bytes) -> bool:
        """Whether a class file names it."""
        return self.classes.search(data) is not None and (not self.texts or any(text in data for text in self.texts))

    def is_supplied_by(self, entry: str) -> bool:
        """Whether an entry of the artifact or of a library stands in for it."""
        if self.supplied_by:
            return entry == self.supplied_by
        return self.classes.match(entry.encode()) is not None

    @property
    def last(self) -> int:
        """The newest release with long-term support that has it."""
        return max(release for release in LONG_TERM if release < self.since)


@dataclass(frozen=True)
class Lack:
    """What an application misses. `users` are its classes that name it, or libraries known to need it."""

    removed: Removed
    users: tuple[str, ...]

    def tell(self, java: int) -> Wording:
        """Return the warning, for the release that it gets, and what to do."""
        lacks = self.removed
        return Wording(
            "java-removed.some" if len(self.users) > 1 else "java-removed.one",
            who=self.users[0],
            more=len(self.users) - 1,
            lacks=lacks.name,
            since=lacks.since,
            java=java,
            remedy=lacks.remedy,
            last=lacks.last,
        )


@dataclass(frozen=True)
class _Program:
    """What is started: its main class (empty for a war), the release that it was compiled for, and the jar that holds
    it where the artifact is a folder.
    """

    main_class: str
    java: int
    jar: str | None = None


@cache
def table() -> tuple[Removed, ...]:
    """Return all that is known, from `java/removed.toml`."""
    told = tomllib.loads((frameworks.DATA / "removed.toml").read_text(encoding="utf-8"))
    return tuple(
        Removed(
            one["name"],
            one["since"],
            re.compile(one["classes"].encode()),
            _remedy(one),
            # As the constant pool has a whole text: its tag, its length, itself.
            tuple(struct.pack(">BH", 1, len(text)) + text.encode() for text in one.get("texts", ())),
            one.get("supplied_by", ""),
            one.get("in_tomcat", False),
        )
        for one in told["removed"]
    )


def _remedy(one: Mapping[str, str]) -> Wording:
    for how in ("add", "use"):
        if how in one:
            return Wording(f"java-removed-remedy.{how}", what=one[how])
    return Wording(f"java-removed-remedy.{one['instead']}")


def lacking(analysis: Analysis, java: int) -> tuple[Lack, ...]:
    """Tell what it misses on Java release `java`. Reads the file again, but only where something can be missing.

    Raises Refused where an entry is damaged.
    """
    program = _program(analysis)
    if program is None:
        return ()
    in_tomcat = analysis.servlet is not None
    asked = [one for one in table() if program.java < one.since <= java and not (one.in_tomcat and in_tomcat)]
    if not asked:
        return ()
    users = _users(analysis, program, asked)
    if users:
        users = _without_supplied(analysis, users)
    return tuple(Lack(one, tuple(names)) for one, names in users.items())


def _users(analysis: Analysis, program: _Program, asked: list[Removed]) -> dict[Removed, list[str]]:
    found: dict[Removed, list[str]] = {}
    for name, data in _own(analysis, program):
        for one in asked:
            if one.used_by(data):
                found.setdefault(one, []).append(name.removesuffix(".class").replace("/", "."))
    for hit in frameworks.found(analysis):
        for one in asked:
            if hit.sure and one.name in hit.framework.needs:
                found.setdefault(one, []).append(hit.where)
    return found


def _own(analysis: Analysis, program: _Program) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the application's own classes; of a jar that holds everything, and of one in a folder, those
    below the packages of its main class.
    """
    family, left = _family(program.main_class), _AT_MOST
    if program.jar is not None:
        with open_archive(Path(analysis.path), name=analysis.filename) as archive:
            home = archive.by_name[program.jar]
            names = [one for one in library.names(archive, home) if _is_own(one, family) and classfile.counts(one)]
            yield from library.pick(archive, home, names[:_MOST_NESTED]).items()
        return
    prefix = own_prefix(analysis.members)
    # Where entries lie is known and was checked: opening it as an archive again would cost more than reading them.
    with Path(analysis.path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for member in analysis.members:
            name = member.name[len(prefix) :]
            mine = member.name.startswith(prefix) and (prefix or _is_own(name, family))
            if mine and classfile.counts(name) and member.size <= min(left, _LARGEST):
                left -= member.size
                yield (
                    name,
                    beginnings.first_bytes(
                        data, member.offset, member.compressed_size, member.stored, wanted=member.size
                    ),
                )


def _program(analysis: Analysis) -> _Program | None:
    if analysis.folder is None:
        major = analysis.classes.newest_major or analysis.main_class_major
        return _Program(analysis.main_class or "", classfile.java_release(major)) if major else None
    start = starts.decide(analysis)
    if not isinstance(start, starts.Start) or start.main_class not in analysis.folder.homes:
        return None
    jar, major = analysis.folder.homes[start.main_class]
    return _Program(start.main_class, classfile.java_release(major), jar)


def _is_own(name: str, family: str) -> bool:
    return name.startswith(family) and not _RELOCATED.search(name, max(0, len(family) - 1))


def _family(main: str) -> str:
    """Return the folder that the application's own classes share: `com/acme/` of `com.acme.shop.Main`."""
    path = main.replace(".", "/")
    parts = path.split("/")[:-1]
    depth = 3 if path.startswith(_UMBRELLAS) else 2
    return "".join(f"{part}/" for part in parts[:depth])


def _without_supplied(analysis: Analysis, users: dict[Removed, list[str]]) -> dict[Removed, list[str]]:
    supplied: set[Removed] = set()
    for name in _names(analysis):
        supplied.update(one for one in users if one.is_supplied_by(name))
    return {one: who for one, who in users.items() if one not in supplied}


def _names(analysis: Analysis) -> Iterator[str]:
    """Give the names of all classes and services, as a class loader sees them."""
    prefix = own_prefix(analysis.members)
    for member in analysis.members:
        yield member.name.removeprefix(prefix)
    if analysis.libraries:
        with open_archive(Path(analysis.path), name=analysis.filename) as archive:
            for item in analysis.libraries:
                yield from library.names(archive, archive.by_name[item.entry])
