"""A Docker Engine for a server that has none, out of a file in the layout of Docker's static release: `docker/dockerd`.

Docker's own release is linked statically and runs anywhere. Another one may bring its libraries in `docker/lib`, with
the loader among them; its programs are then made to find them there.
"""

from __future__ import annotations

import hashlib
import lzma
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import zstandard

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildpacks.facts import elf
from buildsvc.image import compressed
from buildsvc.image.kit.interpreters import interpreters
from buildsvc.image.kit.relocating import relocate

DAMAGED = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What a file that is no tar, or is not whole, ends in."""
NEEDED = ("containerd", "containerd-shim-runc-v2", "docker", "docker-init", "docker-proxy", "dockerd", "runc")
LIBRARIES = "lib"
_TOP = "docker"
_MOST = 2 << 30
"""Bytes unpacked; Docker's release has a few hundred MB."""
_MOST_FILES = 10_000
_ID = 12


@dataclass(frozen=True)
class EngineFile:
    """A file with an engine; its id, the beginning of its SHA-256, names the folder that it gets on the server."""

    path: Path
    id: str


def engine_file(path: Path) -> EngineFile:
    """Name an engine's file. Raises what opening it raises."""
    with path.open("rb") as stream:
        return EngineFile(path, hashlib.file_digest(stream, "sha256").hexdigest()[:_ID])


def unpack_engine(file: EngineFile, target: Path, home: PurePosixPath, architecture: str) -> None:
    """Fill `target`, an empty folder, with the engine's programs, which will lie at `home`. Raises Refused
    `not-an-engine`, `engine-for-another`, `engine-not-static`, `no-patchelf`.
    """
    try:
        with file.path.open("rb") as packed, tar_headers.opened(compressed.plain(packed), "r|") as archive:
            left = _MOST
            for number, member in enumerate(archive, 1):
                # What it says of itself, before any of it is written.
                left -= member.size
                if left < 0 or number > _MOST_FILES:
                    raise Refused("not-an-engine.too-large", file=file.path, most=_MOST, files=_MOST_FILES)
                inside = PurePosixPath(member.name)
                if inside.parts[:1] == (_TOP,) and len(inside.parts) > 1:
                    archive.extract(member.replace(name=str(inside.relative_to(_TOP))), target, filter="data")
    except DAMAGED as error:
        raise Refused("not-an-engine.tar", file=file.path, error=error) from error
    missing = [name for name in NEEDED if not (target / name).is_file()]
    if missing:
        raise Refused("not-an-engine.missing", file=file.path, missing=missing)
    with (target / "dockerd").open("rb") as stream:
        machine = elf.machine(stream.read(elf.HEADER))
    if machine != architecture:
        raise Refused("engine-for-another", file=file.path, machine=machine or "-", wanted=architecture)
    for name in NEEDED:
        (target / name).chmod(0o755)
    if (target / LIBRARIES).is_dir():
        relocate(target, home, LIBRARIES)
    elif found := next(interpreters(target), None):
        raise Refused("engine-not-static", file=file.path, program=found[0].name, loader=found[1].path)
