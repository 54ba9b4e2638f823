"""Which nested jars two artifacts differ in: matched by name without version, or by what their pom.properties says.

A library of the same version with other bytes is the classic trap, so it is looked into: which of its classes changed?
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from buildpacks.facts.library import Maven, maven_of
from buildpacks.inside.library_names import name_and_version
from buildpacks.inside.outline import Outline

_MOST_LOOKED_INTO = 20
"""Libraries of one version with two contents; a rebuilt multi-module application has a handful."""
_POM = re.compile(r"(?:BOOT-INF/classes/|WEB-INF/classes/)?META-INF/maven/[^/]+/[^/]+/pom\.properties")
_FIRST_NUMBER = re.compile(r"^\d[^-]*-?")


@dataclass(frozen=True)
class Inside:
    """How many classes of a library were added, removed, changed; `others` counts its other files that differ."""

    added: int
    removed: int
    changed: int
    others: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.others)


@dataclass(frozen=True)
class LibraryChange:
    """`name` is without version. Versions are None where the library is absent, empty where none is known."""

    name: str
    old: str | None
    new: str | None
    old_entry: str | None = None
    new_entry: str | None = None
    inside: Inside | None = None
    """Of one with the same version and other bytes; None where nobody looked. False: packed anew, same files."""

    @property
    def same_version(self) -> bool:
        """Whether it changed without saying so by its version."""
        return self.old == self.new


@dataclass(frozen=True)
class _Jar:
    entry: str
    name: str
    version: str

    @property
    def tail(self) -> str:
        """What stands behind the number: a classifier or a qualifier, which tells jars of one name apart."""
        return _FIRST_NUMBER.sub("", self.version)


def libraries(old: Outline, new: Outline) -> tuple[LibraryChange, ...]:
    """Return every nested jar that was added, removed or changed, by name."""
    pairs = list(_pairs(old, new))
    alone_before = [one for one, two in pairs if two is None and one is not None]
    alone_after = [two for one, two in pairs if one is None and two is not None]
    renamed = list(_renamed(old, alone_before, new, alone_after))
    done = {jar for pair in renamed for jar in pair}
    both = [(one, two) for one, two in pairs if one not in done and two not in done]
    found = list(_shaded(old, new))
    looks = _MOST_LOOKED_INTO
    for one, two in sorted([*both, *renamed], key=lambda pair: (pair[1] or pair[0] or _NONE).name):
        look = one is not None and two is not None and looks > 0 and _version(old, one) == _version(new, two)
        looks -= look
        found.append(_change(old, one, new, two, look=look))
    return tuple(sorted(found, key=lambda change: change.name))


def _shaded(old: Outline, new: Outline) -> Iterator[LibraryChange]:
    """Libraries whose classes were copied into the artifact, by the pom.properties that they left behind."""
    before, after = _poms(old), _poms(new)
    if len(before) <= 1 and len(after) <= 1:
        # The only one is the artifact's own.
        return
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            yield LibraryChange(name, before.get(name), after.get(name))


def _poms(outline: Outline) -> dict[str, str]:
    found = (
        maven_of(outline.read(name) or b"")
        for name in outline.files
        if name.endswith(".properties") and _POM.fullmatch(name)
    )
    return {f"{one[0]}:{one[1]}": one[2] for one in found if one is not None}


_NONE = _Jar("", "", "")


def _change(old: Outline, one: _Jar | None, new: Outline, two: _Jar | None, *, look: bool) -> LibraryChange:
    return LibraryChange(
        name=(two or one or _NONE).name,
        old=_version(old, one) if one else None,
        new=_version(new, two) if two else None,
        old_entry=one.entry if one else None,
        new_entry=two.entry if two else None,
        inside=_inside(old, one.entry, new, two.entry) if look and one and two else None,
    )


def _jars(outline: Outline) -> dict[str, list[_Jar]]:
    found: dict[str, list[_Jar]] = {}
    for entry in sorted(name for name in outline.files if name[-4:].lower() == ".jar"):
        name, version = name_and_version(entry)
        found.setdefault(name, []).append(_Jar(entry, name, version))
    return found


def _pairs(old: Outline, new: Outline) -> Iterator[tuple[_Jar | None, _Jar | None]]:
    """Jars of the same name, those with the same bytes left out; of several the ones with the same tail first."""
    before, after = _jars(old), _jars(new)
    for name in before.keys() | after.keys():
        ours, theirs = before.get(name, []), after.get(name, [])
        for one in list(ours):
            twin = next((two for two in theirs if old.same(one.entry, new, two.entry)), None)
            if twin is not None:
                ours.remove(one)
                theirs.remove(twin)
        for one in list(ours):
            twin = next((two for two in theirs if two.tail == one.tail), None)
            if twin is not None:
                ours.remove(one)
                theirs.remove(twin)
                yield one, twin
        for at in range(max(len(ours), len(theirs))):
            yield (ours[at] if at < len(ours) else None), (theirs[at] if at < len(theirs) else None)


def _renamed(old: Outline, before: Iterable[_Jar], new: Outline, after: Iterable[_Jar]) -> Iterator[tuple[_Jar, _Jar]]:
    """Jars under another file name that are the same artifact for Maven."""
    known = {found[:2]: jar for jar in before if (found := _maven(old, jar))}
    for jar in after if known else ():
        found = _maven(new, jar)
        former = known.pop(found[:2], None) if found else None
        if former is not None:
            yield former, jar


def _version(outline: Outline, jar: _Jar) -> str:
    """From its file name; where that has none, from its pom.properties or manifest; empty where nothing says it."""
    if jar.version:
        return jar.version
    found = _maven(outline, jar)
    if found is not None:
        return found[2]
    nested = outline.inside(jar.entry)
    told = nested.manifest() if nested is not None else {}
    return told.get("Implementation-Version") or told.get("Bundle-Version") or ""


def _maven(outline: Outline, jar: _Jar) -> Maven | None:
    nested = outline.inside(jar.entry)
    poms = [name for name in nested.files if _POM.fullmatch(name)] if nested is not None else []
    return maven_of(nested.read(poms[0]) or b"") if nested is not None and len(poms) == 1 else None


def _inside(old: Outline, one: str, new: Outline, two: str) -> Inside | None:
    before, after = old.inside(one), new.inside(two)
    if before is None or after is None:
        return None
    ours, theirs = before.files.keys(), after.files.keys()
    changed = {name for name in ours & theirs if not after.same(name, before, name)}
    added, removed = theirs - ours, ours - theirs
    classes = [sum(name.endswith(".class") for name in part) for part in (added, removed, changed)]
    others = len(added) + len(removed) + len(changed) - sum(classes)
    return Inside(classes[0], classes[1], classes[2], others)
