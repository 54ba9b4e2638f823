"""The packages of a distribution in an image, from the package database that its layers carry.

Format: `var/lib/dpkg/status` (deb822, deb-control(5)), or one file a package in `var/lib/dpkg/status.d/`, as bases
without a package manager have; every scanner of images reads both. Alpine's: `lib/apk/db/installed` (apk(5)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

from buildsvc.image.inspecting import files_below
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image

HOME = "var/lib/dpkg"
_FIELD = re.compile(r"^(Package|Version|Architecture|Source|Status):\s*(.*)$", re.MULTILINE)
_LETTER = re.compile(r"^([PVALo]):(.*)$", re.MULTILINE)
_KIND = "packages"


@dataclass(frozen=True)
class Package:
    """`source` is the source package's name where it differs; `distribution` is `debian-12` or `debian`; `kind` is that
    of its package URL: deb, apk, or rpm, whose versions begin with their epoch. `licences` are names as the
    distribution gives them.
    """

    name: str
    version: str
    architecture: str
    source: str
    distribution: str
    kind: str = "deb"
    licences: tuple[str, ...] = ()


def packages(layout: Layout, image: Image) -> tuple[Package, ...]:
    """Sorted by name; empty where the image has no such database. Remembered by the image's digest."""
    key = image.manifest.digest.removeprefix("sha256:")
    known = layout.recall(_KIND, key)
    if known is None:
        found = sorted(_read(layout, image), key=lambda one: (one.name, one.architecture))
        layout.remember(_KIND, key, [asdict(one) for one in found])
        return tuple(found)
    told = cast("list[dict[str, Any]]", known)
    return tuple(Package(**{**one, "licences": tuple(one.get("licences", ()))}) for one in told)


def debian(content: bytes, distribution: str) -> Iterator[Package]:
    """Read a status file of dpkg; what was removed and left its configuration is not there."""
    for stanza in re.split(r"\n\s*\n", content.decode("utf-8", "replace")):
        told = dict(_FIELD.findall(stanza))
        gone = "Status" in told and not told["Status"].endswith(" installed")
        if told.get("Package") and told.get("Version") and not gone:
            source = told.get("Source", "").partition(" ")[0]
            yield Package(told["Package"], told["Version"], told.get("Architecture", ""), source, distribution)


def alpine(content: bytes, distribution: str) -> Iterator[Package]:
    """Read the database of apk."""
    for stanza in re.split(r"\n\s*\n", content.decode("utf-8", "replace")):
        told = dict(_LETTER.findall(stanza))
        if told.get("P") and told.get("V"):
            source = told.get("o", "") if told.get("o") != told["P"] else ""
            licences = (told["L"],) if told.get("L") else ()
            yield Package(told["P"], told["V"], told.get("A", ""), source, distribution, "apk", licences)


def distribution_of(content: bytes) -> str:
    """Read an os-release: `debian-12`, or the identifier alone where it states no version."""
    lines = content.decode("utf-8", "replace").splitlines()
    told = {name: value.strip("'\"") for name, _, value in (line.partition("=") for line in lines)}
    identifier, version = told.get("ID", "debian"), told.get("VERSION_ID", "")
    return f"{identifier}-{version}" if version else identifier


def _read(layout: Layout, image: Image) -> Iterator[Package]:
    found = files_below(layout, image, HOME, lambda name: name == "status" or name.startswith("status.d/"))
    if not found:
        return
    distribution = _distribution(layout, image)
    for name, content in found.items():
        if name.endswith(".md5sums"):
            continue
        yield from debian(content, distribution)


def _distribution(layout: Layout, image: Image) -> str:
    found = files_below(layout, image, "usr/lib", lambda name: name == "os-release")
    return distribution_of(found.get("os-release", b""))
