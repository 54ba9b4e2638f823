"""A root file system in the making: packages are unpacked into one spool file and a table of paths, and never run.

The table can be changed freely before the layers are written, needs no rights, and keeps no attribute of this machine.
Format of a package: deb(5); its data is a tar that `dpkg-deb --fsys-tarfile` gives.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildsvc.image import tar
from buildsvc.image.layout import CHUNK, copy

OURS = ""
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_KINDS = {tarfile.REGTYPE: tar.FILE, tarfile.DIRTYPE: tar.DIRECTORY, tarfile.SYMTYPE: tar.SYMLINK}


@dataclass(frozen=True)
class FileNode:
    """One path: its tar entry, where its content lies in the spool, and the package it came from (`OURS` for none)."""

    entry: tar.TarEntry
    offset: int
    package: str


class RootFs:
    """Paths and their content. `spool` is an empty file opened for reading and writing."""

    def __init__(self, spool: BinaryIO, exclude: Iterable[str]) -> None:
        self._spool = spool
        self._exclude = _below(exclude)
        self._nodes: dict[str, FileNode] = {}
        self.newest = 0

    def unpack(self, deb: Path) -> str:
        """Add a package's files; returns its name. Raises Refused `bad-package`."""
        package = deb.name.split("_")[0]
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            try:
                with tar_headers.opened(process.stdout, bufsize=CHUNK) as archive:
                    for member in archive:
                        self._add(archive, member, package)
            except tarfile.TarError as error:
                raise Refused("bad-package.unpacked", deb=deb.name, error=error) from error
            process.stdout.read()
        if process.returncode:
            raise Refused("bad-package.damaged", deb=deb.name)
        return package

    def _add(self, archive: tarfile.TarFile, member: tarfile.TarInfo, package: str) -> None:
        path = merged(member.name)
        if path is None or self._exclude.match(path) or _is_alias(member):
            return
        self.newest = max(self.newest, int(member.mtime))
        # Set-user-id programs would serve nobody: instances run with no-new-privileges.
        common = {"mode": member.mode & 0o1777, "mtime": int(member.mtime)}
        if member.type == tarfile.LNKTYPE:
            target = merged(member.linkname)
            if target in self._nodes:
                self._nodes[path] = replace(
                    self._nodes[target], entry=replace(self._nodes[target].entry, path=path), package=package
                )
            return
        kind = _KINDS.get(member.type)
        if kind is None:
            return
        entry = tar.TarEntry(path, kind, size=member.size, target=member.linkname, **common)
        offset = self._spool.tell()
        if kind == tar.FILE:
            content = archive.extractfile(member)
            assert content is not None
            copy(content, self._spool.write, member.size)  # type: ignore[arg-type]
        if kind != tar.DIRECTORY or path not in self._nodes:
            self._nodes[path] = FileNode(entry, offset, package)

    def put(self, path: str, content: bytes, mode: int = 0o644, package: str = OURS) -> None:
        """Put a file of ours, in place of whatever was there; it goes into the layer of `package`."""
        offset = self._spool.seek(0, 2)
        self._spool.write(content)
        self._nodes[path] = FileNode(tar.TarEntry(path, mode=mode, size=len(content)), offset, package)

    def link(self, path: str, target: str, *, keep: bool = False) -> None:
        """Put a symbolic link; `keep` leaves what a package put there."""
        if not (keep and path in self._nodes):
            self._nodes[path] = FileNode(tar.TarEntry(path, tar.SYMLINK, 0o777, target=target), 0, OURS)

    def folder(self, path: str, mode: int = 0o755, owner: int = 0) -> None:
        self._nodes[path] = FileNode(tar.TarEntry(path, tar.DIRECTORY, mode, uid=owner, gid=owner), 0, OURS)

    def has(self, path: str) -> bool:
        return path in self._nodes

    def paths(self, pattern: str) -> list[str]:
        """Sorted paths that match (`*` crosses slashes)."""
        return sorted(path for path in self._nodes if fnmatchcase(path, pattern))

    def entries(self) -> Iterator[tuple[str, tar.TarEntry]]:
        """Give every path, sorted, and what it is."""
        for path in sorted(self._nodes):
            yield path, self._nodes[path].entry

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Read a file's content, or at most `limit` bytes of it."""
        node = self._nodes[path]
        self._spool.seek(node.offset)
        return self._spool.read(node.entry.size if limit is None else min(limit, node.entry.size))

    def remove(self, path: str) -> None:
        del self._nodes[path]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(node.entry.size for node in self._nodes.values())

    def write(self, wanted: Callable[[FileNode], bool], write: Callable[[bytes], object]) -> int:
        """Write the tar of the wanted nodes and their folders, sorted; what has no time of its own gets the newest
        package's.

        Returns how many nodes were wanted.
        """
        chosen = {path for path, node in self._nodes.items() if node.entry.kind != tar.DIRECTORY and wanted(node)}
        chosen |= {path for path, node in self._nodes.items() if node.entry.kind == tar.DIRECTORY and wanted(node)}
        count = len(chosen)
        chosen |= {str(parent) for path in chosen for parent in PurePosixPath(path).parents} - {"."}
        for node in self._sorted(chosen):
            entry = node.entry if node.entry.mtime else replace(node.entry, mtime=self.newest)
            write(tar.header(entry))
            if entry.kind == tar.FILE:
                self._spool.seek(node.offset)
                copy(self._spool, write, entry.size)
                write(bytes(tar.padding(entry.size)))
        write(tar.END)
        return count

    def _sorted(self, paths: set[str]) -> Iterator[FileNode]:
        for path in sorted(paths):
            yield self._nodes.get(path) or FileNode(tar.TarEntry(path, tar.DIRECTORY, 0o755), 0, OURS)


def merged(name: str) -> str | None:
    """Return a package's path in a system where `/bin`, `/lib` and so on are links into `/usr`; None for the root
    itself.
    """
    path = str(PurePosixPath("/", name))[1:]
    first, slash, rest = path.partition("/")
    if first in _MERGED:
        return f"usr/{first}/{rest}" if slash else f"usr/{first}"
    return path or None


def _is_alias(member: tarfile.TarInfo) -> bool:
    """Tell whether it is the link `/bin` itself, which newer suites pack: taken for a path in `/usr` it would link a
    folder to itself.
    """
    return member.issym() and PurePosixPath("/", member.name).parts[1:] in {(name,) for name in _MERGED}


def _below(patterns: Iterable[str]) -> re.Pattern[str]:
    """Match the paths that the patterns name and all below them; `*` stays within one name."""
    ways = (re.escape(pattern).replace(r"\*", "[^/]*") for pattern in patterns)
    return re.compile(f"(?:{'|'.join(ways) or '(?!)'})(?:/|$)")
