"""What is in an image that was not built here: its distribution, the packages with their licences, the jars in it.

Formats: os-release(5); dpkg's status and `usr/share/doc/PACKAGE/copyright` (Debian Policy 12.5, machine-readable as
DEP-5 or free text that points to `common-licenses`); apk's database; RPM's (see `rpm_databases`).
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from buildpacks.errors import Failure
from buildpacks.inside.bill_parts import Part
from buildpacks.inside.inventory import inventory
from buildpacks.inside.library_names import name_and_version
from buildsvc.image.layout import CHUNK, Layout
from buildsvc.image.sbom.layer_files import Allowance, read
from buildsvc.image.sbom.packages import Package, alpine, debian, distribution_of
from buildsvc.image.sbom.rpm_files import LARGEST, RpmFiles

_RELEASE = re.compile(r"(?:usr/lib|etc)/os-release")
_DPKG = re.compile(r"var/lib/dpkg/status(?:\.d/[^/]+)?")
_APK = re.compile(r"(?:usr/)?lib/apk/db/installed")
_RPM = re.compile(r"(?:var/lib|usr/lib/sysimage)/rpm/(?:rpmdb\.sqlite(?:-wal)?|Packages(?:\.db)?)")
_DOC = re.compile(r"usr/share/doc/([^/]+)(?:/copyright)?")
_JAR = re.compile(r".*\.[jwe]ar", re.IGNORECASE)
_WANTED = re.compile("|".join(one.pattern for one in (_RELEASE, _DPKG, _APK, _RPM, _DOC, _JAR)), re.IGNORECASE)
_STATED = re.compile(r"^License:[ \t]*(\S[^\n]{0,200})$", re.MULTILINE)
_POINTED = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.+-]{2,30}[A-Za-z0-9+])")
_JOINED = re.compile(r"\s+(?:and|or|and/or)\s+|\s*,\s*(?:and\s+|or\s+)?", re.IGNORECASE)
_DATABASE, _COPYRIGHT, _LARGEST_JAR = 64 << 20, 1 << 20, 256 << 20
_MOST_JARS, _MOST_LICENCES = 5000, 50


@dataclass(frozen=True)
class ImageContents:
    """`distribution` is `debian-12`, empty where the image does not say; `unread` says what could not be looked at."""

    distribution: str
    packages: tuple[Package, ...]
    jars: tuple[Part, ...]
    unread: tuple[str, ...]


def contents(layout: Layout, layers: tuple[str, ...], left: Allowance) -> ImageContents:
    """Read what the layers (digests, bottom up) hold as one tree."""
    with tempfile.TemporaryDirectory(prefix="rpm-", dir=layout.tmp) as folder:
        found = _Found(left, layout.tmp, RpmFiles(Path(folder)))
        read(layout, layers, found, left)
        packages = sorted(found.packages(), key=lambda one: (one.name, one.architecture, one.version))
    jars = sorted(found.jars, key=lambda one: one.entry)
    return ImageContents(found.distribution, tuple(dict.fromkeys(packages)), tuple(jars), tuple(sorted(left.unread)))


class _Found:
    """What was read so far; a bill needs all of it before the first package has its name and its licences."""

    wanted = _WANTED

    def __init__(self, left: Allowance, tmp: Path, rpm: RpmFiles) -> None:
        self.jars: list[Part] = []
        self._left, self._tmp, self._rpm = left, tmp, rpm
        self._releases: dict[str, str] = {}
        self._status: list[bytes] = []
        self._installed: list[bytes] = []
        self._licences: dict[str, tuple[str, ...]] = {}
        self._links: dict[str, str] = {}

    @property
    def distribution(self) -> str:
        return next((self._releases[path] for path in sorted(self._releases, reverse=True)), "")

    def packages(self) -> Iterator[Package]:
        distribution = self.distribution
        for content in self._status:
            for one in debian(content, distribution or "debian"):
                yield replace(one, licences=self._licences_of(one.name))
        for content in self._installed:
            yield from alpine(content, distribution or "alpine")
        yield from self._rpm.packages(distribution, self._left.unread)

    def link(self, path: str, target: str) -> None:
        self._links[path] = target

    def file(self, path: str, content: IO[bytes], size: int) -> None:
        if _JAR.fullmatch(path):
            self._jar(path, content, size)
        elif size > _most(path):
            self._left.unread.append(f"{path}: {size} bytes are too many")
        elif _RPM.fullmatch(path):
            self._rpm.keep(path, content)
        elif _RELEASE.fullmatch(path):
            self._releases[path] = distribution_of(content.read())
        elif _DPKG.fullmatch(path) and not path.endswith(".md5sums"):
            self._status.append(content.read())
        elif _APK.fullmatch(path):
            self._installed.append(content.read())
        elif path.endswith("/copyright"):
            self._licences[path] = _licences(content.read().decode("utf-8", "replace"))

    def _licences_of(self, package: str) -> tuple[str, ...]:
        # Packages of one source often share a folder, or the file in it, by a link.
        folder = f"usr/share/doc/{package}"
        folder = self._links.get(folder, folder)
        path = f"{folder}/copyright"
        return self._licences.get(self._links.get(path, path), ())

    def _jar(self, path: str, content: IO[bytes], size: int) -> None:
        if size > _LARGEST_JAR or len(self.jars) >= _MOST_JARS:
            self._left.unread.append(f"{path}: {'too large' if size > _LARGEST_JAR else 'too many jars'}")
            return
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(prefix="jar-", dir=self._tmp) as file:
            while data := content.read(CHUNK):
                digest.update(data)
                file.write(data)
            file.flush()
            name, version = name_and_version(path)
            try:
                part = inventory(Path(file.name), path.rpartition("/")[2], digest.hexdigest(), name, version)
            except Failure as failure:
                self._left.unread.append(f"{path}: {failure.message}")
                part = Part(name, version, sha256=digest.hexdigest())
        self.jars.append(replace(part, entry=path))


def _most(path: str) -> int:
    if _RPM.fullmatch(path):
        return LARGEST
    return _COPYRIGHT if _DOC.fullmatch(path) else _DATABASE


def _licences(text: str) -> tuple[str, ...]:
    """Give the names of licences in a copyright file, in their order; none where it only holds their texts."""
    if text.startswith("Format"):
        stated = [one.strip() for line in _STATED.findall(text) for one in _JOINED.split(line)]
    else:
        stated = _POINTED.findall(text)
    return tuple(dict.fromkeys(one for one in stated if one))[:_MOST_LICENCES]
