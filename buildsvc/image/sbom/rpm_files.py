"""The files of RPM's package database that an image has, kept until all of them are there, then read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from buildsvc.image.sbom import rpm_databases, rpm_headers
from buildsvc.image.sbom.packages import Package

LARGEST = 256 << 20
"""Bytes of one file; two thousand packages take some 100 MB."""
_NEWEST, _LOG = "rpmdb.sqlite", "rpmdb.sqlite-wal"


class RpmFiles:
    """Those of one image, below a folder that goes with whoever made it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, list[str]] = {}

    def keep(self, path: str, content: IO[bytes]) -> None:
        """Take one; `path` is where the image has it."""
        home, _, name = path.rpartition("/")
        place = self._folder / home
        place.mkdir(parents=True, exist_ok=True)
        self._found.setdefault(home, []).append(name)
        with (place / name).open("wb") as file:
            shutil.copyfileobj(content, file)

    def packages(self, distribution: str, unread: list[str]) -> Iterator[Package]:
        """Give those of each database; `unread` is told what could not be read."""
        for home, found in sorted(self._found.items()):
            # What a distribution left behind when it took to the newer form is not looked after any more.
            names = [_NEWEST] if _NEWEST in found else [name for name in found if name != _LOG]
            for name in names:
                yield from _read(self._folder / home / name, f"{home}/{name}", distribution, unread)


def _read(file: Path, path: str, distribution: str, unread: list[str]) -> Iterator[Package]:
    try:
        for header in rpm_databases.headers(file):
            found = rpm_headers.package(header, distribution)
            if found is not None:
                yield found
    except ValueError as error:
        unread.append(f"{path}: the packages of RPM's database are not read, or not all: {error}")
