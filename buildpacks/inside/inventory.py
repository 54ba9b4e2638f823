"""What is in an artifact, for a bill of materials: every library, what was shaded into it, and the licences they state.

Read on demand, never on the way to an image: 0.7 s for an application of 135 MB with 157 libraries.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from buildpacks.archives.directory import DirectoryError
from buildpacks.facts.library import Maven, maven_of
from buildpacks.inside import pom
from buildpacks.inside.bill_parts import Licence, Part
from buildpacks.inside.groups import named_by_the_build, with_groups
from buildpacks.inside.library_names import name_and_version
from buildpacks.inside.outline import Outline, outlined

_HOME = r"(?:BOOT-INF/classes/|WEB-INF/classes/)?META-INF/maven/[^/]+/[^/]+/"
_POM = re.compile(_HOME + r"pom\.(?:properties|xml)")
_LICENCE_FILE = re.compile(r"(?:META-INF/)?(?:LICEN[SC]E|licen[sc]e)(?:\.(?:txt|md|TXT))?")
_SMALL = 1 << 20
_TEXT = 4096
"""Bytes of a licence's text that say which one it is."""


@dataclass(frozen=True)
class _Read:
    part: Part
    named: tuple[tuple[str, str], ...]


def inventory(path: Path, filename: str, sha256: str, title: str, version: str | None) -> Part:
    """Return the application, by its title and version, with its libraries as `parts`. Raises Refused where the file at
    `path` is no archive.
    """
    with outlined(path, filename) as outline:
        own = _read(outline, title, version or "")
        found = [
            read
            for entry in sorted(outline.files)
            if entry[-4:].lower() == ".jar" and (read := _nested(outline, entry))
        ]
        named = [*named_by_the_build(outline), *(pair for one in (own, *found) for pair in one.named)]
    libraries = with_groups([one.part for one in found], named)
    return replace(own.part, sha256=sha256, parts=(*own.part.parts, *libraries))


def _nested(outline: Outline, entry: str) -> _Read | None:
    data = outline.read(entry, 256 << 20)
    if data is None:
        return None
    file = entry.rpartition("/")[2]
    name, number = name_and_version(file)
    try:
        inside = Outline(file, data, without=b".class")
    except DirectoryError:
        return None
    told = inside.manifest()
    version = number or told.get("Implementation-Version") or told.get("Bundle-Version") or ""
    found = _read(inside, name, version)
    behind = number.removeprefix(found.part.version)
    part = replace(
        found.part,
        entry=entry,
        sha256=hashlib.sha256(data).hexdigest(),
        classifier=behind[1:] if behind != number and behind.startswith("-") else "",
    )
    return replace(found, part=part)


def _read(outline: Outline, name: str, version: str) -> _Read:
    """Read what a jar says of itself; of several pom.properties the one with its name is its own, the others were
    shaded.
    """
    poms = _poms(outline)
    mine = next(iter(poms)) if len(poms) == 1 else next((one for one in poms if one[1] == name), None)
    documents = {one: pom.read(xml) for one, xml in poms.items()}
    shaded = tuple(
        Part(one[1], one[2], one[0], licences=_of_pom(documents[one]))
        for one in sorted(poms)
        if mine is None or one[:2] != mine[:2]
    )
    stated = _of_pom(documents[mine]) if mine in documents else ()
    # A manifest's are a copy of the POM's, without their names.
    licences = stated or _of_manifest(outline.manifest()) or tuple(_of_files(outline))
    group, title, number = mine or (outline.manifest().get("Implementation-Vendor-Id", ""), name, version)
    part = Part(title, number, group if " " not in group else "", licences=licences, parts=shaded)
    return _Read(part, tuple(pair for document in documents.values() for pair in document.named))


def _poms(outline: Outline) -> dict[Maven, bytes]:
    """Maven names to their pom.xml; empty bytes without one."""
    found: dict[Maven, bytes] = {}
    for name in outline.files:
        if _POM.fullmatch(name) and name.endswith(".properties"):
            told = maven_of(outline.read(name, _SMALL) or b"")
            if told is not None:
                found[told] = outline.read(name.removesuffix("properties") + "xml", _SMALL) or b""
    return found


def _of_pom(document: pom.Pom) -> tuple[Licence, ...]:
    return tuple(Licence(name, url) for name, url in document.licences)


def _of_manifest(told: dict[str, str]) -> tuple[Licence, ...]:
    """`Bundle-License`: names or addresses with attributes, parted by commas (OSGi Core, section 3.2.1.12)."""
    found = []
    for clause in re.split(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", told.get("Bundle-License", "")):
        name, *attributes = (part.strip() for part in clause.split(";"))
        name = name.strip('"')
        pairs = dict(re.findall(r"^(\w+)=\"?([^\"]*)", one)[0] for one in attributes if "=" in one)
        if "://" in name:
            found.append(Licence(pairs.get("description", ""), name))
        elif name:
            found.append(Licence(name, pairs.get("link", "")))
    return tuple(found)


def _of_files(outline: Outline) -> Iterator[Licence]:
    """Give the beginnings of its licence files; only asked where nothing states a licence."""
    for name in sorted(outline.files):
        if _LICENCE_FILE.fullmatch(name):
            text = (outline.read(name, _SMALL) or b"")[:_TEXT].decode("utf-8", "replace")
            if text.strip():
                yield Licence(text=text)
