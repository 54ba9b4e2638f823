"""What an image's files say: its Java release and home, the machine it was compiled for, the C library, the size."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildpacks.facts.elf import HEADER, looks_native, machine
from buildsvc.image import manifest
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from buildsvc.image.whiteouts import taken_away

_VERSION = re.compile(rb'^JAVA_VERSION="?([^"\s]+)"?', re.MULTILINE)
_GLIBC = re.compile(rb"GNU C Library[^\n]*version (\d+\.\d+)")
_USER = "10001:10001"
_LARGEST_FILE = 64 << 20


@dataclass(frozen=True)
class Facts:
    """`java` and `java_home` are None and empty without Java; `size` in bytes; `user` as uid:gid, never root."""

    java: int | None
    java_version: str
    java_home: str
    compiler: bool
    glibc: str
    user: str
    size: int
    libraries: tuple[str, ...]


def inspect(layout: Layout, image: Image) -> Facts:
    """Read an image's layers. Raises Refused `wrong-architecture` when its java is for another machine than stated."""
    config = manifest.read_config(layout, image).get("config") or {}
    with ExitStack() as stack:
        files = _Files(layout, image, stack)
        environment = dict(item.split("=", 1) for item in config.get("Env") or ())
        home = _java_home(files, environment)
        version = ""
        if home:
            found = _VERSION.search(files.read(f"{home}/release", 65536) or b"")
            version = found[1].decode() if found else ""
            _check_machine(files.read(f"{home}/bin/java", HEADER) or b"", image)
        return Facts(
            release(version) if home else None,
            version,
            "/" + home if home else "",
            bool(home) and files.real(f"{home}/bin/javac") is not None,
            files.glibc(),
            _user(str(config.get("User") or ""), files),
            files.size,
            shared_libraries(files.paths, home),
        )


def shared_libraries(paths: Iterable[str], home: str) -> tuple[str, ...]:
    """File names of the shared libraries that a program finds without being told where: those in the system's folders,
    which may have one below for the machine, and those of the Java at `home`, which has them open.
    """
    places = re.compile(rf"(?:usr/(?:local/)?)?lib(?:32|64)?/(?:[^/]+/)?[^/]+|{re.escape(home.strip('/')) or '$^'}/.+")
    return tuple(sorted({path.rpartition("/")[2] for path in paths if looks_native(path) and places.fullmatch(path)}))


def files_below(layout: Layout, image: Image, folder: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read the files below a folder of the image, by their path in it, as far as `wanted` says so of that path; links
    are followed.
    """
    with ExitStack() as stack:
        files = _Files(layout, image, stack)
        home = files.real(folder)
        names = files.below(home) if home is not None else ()
        found = {name: files.read(f"{home}/{name}", _LARGEST_FILE) for name in names if wanted(name)}
        return {name: content for name, content in found.items() if content is not None}


def release(version: str) -> int | None:
    """`17.0.19` -> 17, `1.8.0_412` -> 8."""
    numbers = re.findall(r"\d+", version)
    if not numbers:
        return None
    return int(numbers[1]) if numbers[0] == "1" and len(numbers) > 1 else int(numbers[0])


class _Files:
    """The layers of an image as one tree."""

    def __init__(self, layout: Layout, image: Image, stack: ExitStack) -> None:
        self._found: dict[str, tuple[tarfile.TarFile, tarfile.TarInfo]] = {}
        for layer in image.layers:
            file = stack.enter_context(layout.open(layer.descriptor.digest))
            self._add(stack.enter_context(tar_headers.opened(file, "r:")))

    def _add(self, archive: tarfile.TarFile) -> None:
        for member in archive:
            path = posixpath.normpath(member.name).lstrip("/")
            gone = taken_away(path)
            if gone is None:
                self._found[path] = (archive, member)
                continue
            for old in [one for one in self._found if one == gone or one.startswith(gone + "/")]:
                del self._found[old]

    @property
    def paths(self) -> Iterable[str]:
        return self._found

    @property
    def size(self) -> int:
        return sum(member.size for _, member in self._found.values())

    def real(self, path: str) -> str | None:
        """Return a path with every symbolic link on its way followed; None when it leads nowhere."""
        ahead = path.strip("/").split("/")
        done: list[str] = []
        for _ in range(400):
            if not ahead:
                path = "/".join(done)
                there = path in self._found or any(one.startswith(path + "/") for one in self._found)
                return path if there else None
            part = ahead.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                done = done[:-1]
                continue
            entry = self._found.get("/".join([*done, part]))
            if entry is not None and entry[1].issym():
                target = entry[1].linkname
                done = [] if target.startswith("/") else done
                ahead = target.strip("/").split("/") + ahead
            else:
                done.append(part)
        return None

    def below(self, folder: str) -> tuple[str, ...]:
        """Paths relative to `folder`, which is a real one, of all files and links in it."""
        start = f"{folder}/"
        return tuple(path[len(start) :] for path in sorted(self._found) if path.startswith(start))

    def read(self, path: str, limit: int) -> bytes | None:
        real = self.real(path)
        if real is None:
            return None
        archive, member = self._found[real]
        file = archive.extractfile(member)
        return file.read(limit) if file is not None else None

    def glibc(self) -> str:
        """Return the version of the C library, `musl`, or empty when there is none to be found."""
        for path in sorted(self._found):
            name = path.rpartition("/")[2]
            if name == "libc.so.6":
                found = _GLIBC.search(self.read(path, 8 << 20) or b"")
                return found[1].decode() if found else ""
            if name.startswith("ld-musl-"):
                return "musl"
        return ""


def _java_home(files: _Files, environment: Mapping[str, str]) -> str:
    """Where JAVA_HOME says, or where the `java` on the path really lies; empty without one."""
    stated = files.real(environment.get("JAVA_HOME", "")) if environment.get("JAVA_HOME") else None
    if stated and files.real(f"{stated}/bin/java"):
        return stated
    for folder in environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":"):
        real = files.real(f"{folder}/java")
        if real:
            home = real.removesuffix("/bin/java")
            return home if files.real(f"{home}/release") else home.removesuffix("/jre")
    return ""


def _check_machine(start: bytes, image: Image) -> None:
    found = machine(start)
    if found != image.platform.architecture:
        raise Refused("wrong-architecture", architecture=image.platform.architecture, found=found)


def _user(stated: str, files: _Files) -> str:
    """Return the image's own user as numbers where it has one that is not root, otherwise ours."""
    name, _, group = stated.partition(":")
    if not name.isdigit():
        lines = [
            line.split(":") for line in (files.read("etc/passwd", 1 << 20) or b"").decode("utf-8", "replace").split()
        ]
        known: dict[str, Any] = {line[0]: line for line in lines if len(line) > 3}  # noqa: PLR2004 - passwd(5)
        if name not in known:
            return _USER
        name, group = known[name][2], group if group.isdigit() else known[name][3]
    if int(name) == 0:
        return _USER
    return f"{name}:{group if group.isdigit() else name}"
