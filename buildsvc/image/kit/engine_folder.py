"""A Docker Engine for a server that has none, out of a file in the layout of Docker's static release: `docker/dockerd`.

Docker's own release is linked statically and runs anywhere. Another one may bring its libraries in `docker/lib`, with
the loader among them; its programs are then made to find them there.
"""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildpacks.facts import elf
from buildsvc.image.kit.interpreters import interpreters
from buildsvc.image.kit.relocating import relocate

NEEDED = ("containerd", "containerd-shim-runc-v2", "docker", "docker-init", "docker-proxy", "dockerd", "runc")
LIBRARIES = "lib"
_TOP = "docker"
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
        with tar_headers.opened(file.path, "r|*") as archive:
            for member in archive:
                inside = PurePosixPath(member.name)
                if inside.parts[:1] == (_TOP,) and len(inside.parts) > 1:
                    archive.extract(member.replace(name=str(inside.relative_to(_TOP))), target, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
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
