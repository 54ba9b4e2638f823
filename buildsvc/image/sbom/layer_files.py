"""The few files of an image that a bill of materials is made of, out of its layers, from the topmost down.

Layers are strangers': what is read is bounded in number and bytes, and what was left unread for that is told.
"""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

from buildpacks.archives import tar_headers
from buildsvc.image.layout import Layout
from buildsvc.image.whiteouts import taken_away

_CHAIN = 3
"""Times that a layer is read again for its hard links; one that leads to one that leads to one is followed."""


class Reader(Protocol):
    """Takes what was found. `wanted` matches the paths, without a leading slash, that it is told of."""

    wanted: re.Pattern[str]

    def file(self, path: str, content: IO[bytes], size: int) -> None:
        """Take a file, whose content has to be read now."""

    def link(self, path: str, target: str) -> None:
        """Take a symbolic link."""


@dataclass
class Allowance:
    """What may still be read: files of layers, whether they are wanted or not, and bytes of those that are. `unread`
    says what was left out for it, or could not be read.
    """

    entries: int = 2_000_000
    size: int = 4 << 30
    unread: list[str] = field(default_factory=list)


def read(layout: Layout, layers: tuple[str, ...], reader: Reader, left: Allowance) -> None:
    """Hand every wanted file to the reader as the image has it in the end. `layers` are digests, bottom up."""
    seen: set[str] = set()
    gone: set[str] = set()
    for layer in reversed(layers):
        above = _Above(reader, left, seen, frozenset(gone))
        try:
            _through(layout, layer, left, above.look)
            for _ in range(_CHAIN):
                if above.linked:
                    _through(layout, layer, left, above.look_again)
            above.tell_absent(layer)
        except (tarfile.TarError, OSError, ValueError, OverflowError) as error:
            left.unread.append(f"{layer}: {error}")
        if left.entries < 0:
            left.unread.append(f"{layer} and what lies below it: too many files")
            return
        gone |= above.hidden


def _through(
    layout: Layout, layer: str, left: Allowance, look: Callable[[tarfile.TarFile, tarfile.TarInfo], None]
) -> None:
    with layout.open(layer) as file, tar_headers.opened(file, "r:") as archive:
        for member in _members(archive, left):
            look(archive, member)


def _members(archive: tarfile.TarFile, left: Allowance) -> Iterator[tarfile.TarInfo]:
    while left.entries >= 0 and (member := archive.next()) is not None:
        # It keeps every header that it has read, and a layer may have as many as it likes.
        cast("Any", archive).members = []
        left.entries -= 1
        yield member


@dataclass
class _Above:
    """One layer below others: `seen` there, `gone` there, and what it takes away itself from those below it."""

    reader: Reader
    left: Allowance
    seen: set[str]
    gone: frozenset[str]
    hidden: set[str] = field(default_factory=set)
    linked: dict[str, set[str]] = field(default_factory=dict)
    """Files of this layer that are wanted under other names: hard links to them."""

    def look(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = _path_of(member.name)
        gone = taken_away(path)
        if gone is not None:
            self.hidden.add(gone)
        elif (
            (member.isreg() or member.issym() or member.islnk())
            and self.reader.wanted.fullmatch(path)
            and not self._covered(path)
        ):
            self.seen.add(path)
            if member.issym():
                target = posixpath.join("/", posixpath.dirname(path), member.linkname)
                self.reader.link(path, posixpath.normpath(target).lstrip("/"))
            elif member.islnk():
                self.linked.setdefault(_path_of(member.linkname), set()).add(path)
            else:
                self._file(archive, member, path)

    def look_again(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Take what hard links lead to; the layer is read once more for it."""
        path = _path_of(member.name)
        if path not in self.linked or not (member.isreg() or member.islnk()):
            return
        names = self.linked.pop(path)
        if member.islnk():
            self.linked.setdefault(_path_of(member.linkname), set()).update(names)
            return
        for name in sorted(names):
            self._file(archive, member, name)

    def tell_absent(self, layer: str) -> None:
        """Say which hard links lead to nothing that was found."""
        for target, names in sorted(self.linked.items()):
            self.left.unread.append(f"{layer}: {', '.join(sorted(names))} is {target}, which is not there")

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        content = archive.extractfile(member)
        if member.size > self.left.size or content is None:
            self.left.unread.append(f"{path}: {member.size} bytes are too many")
            return
        self.left.size -= member.size
        self.reader.file(path, content, member.size)

    def _covered(self, path: str) -> bool:
        parts = path.split("/")
        return path in self.seen or any("/".join(parts[:count]) in self.gone for count in range(1, len(parts) + 1))


def _path_of(name: str) -> str:
    return posixpath.normpath("/" + name).lstrip("/")
