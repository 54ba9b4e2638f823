"""A kit that is read again, where there is no bare server: what its script says of it, and what lies behind that."""

from __future__ import annotations

import hashlib
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.image.kit.kit_file import SCRIPT
from buildsvc.image.layout import CHUNK

_BEGINS = b"#!/bin/sh\n# buildsvc "
_SAID = re.compile(r"^([A-Z0-9]+)='?([^'\n]*)'?$", re.MULTILINE)
_ASKED = ("VERSION", "PLATFORM", "SIZE", "SHA256", "ENGINE", "BUNDLES")


@dataclass(frozen=True)
class OpenedKit:
    """What a kit says of itself. `engine` is the id of the one in it, empty where there is none; `bundles` are titles
    (`shop@1.4.0`).
    """

    path: Path
    version: str
    platform: Platform
    engine: str
    bundles: tuple[str, ...]

    @property
    def title(self) -> str:
        return " + ".join((f"buildsvc {self.version}", *self.bundles))


def is_kit(path: Path) -> bool:
    """Whether a file begins as kits do."""
    with path.open("rb") as stream:
        return stream.read(len(_BEGINS)) == _BEGINS


def open_kit(path: Path) -> OpenedKit:
    """Read all of a kit. Raises Refused `kit-damaged`."""
    with path.open("rb") as stream:
        said = dict(_SAID.findall(stream.read(SCRIPT).decode("utf-8", "replace")))
        if not all(name in said for name in _ASKED):
            raise Refused("kit-damaged", file=path.name)
        found, size = hashlib.sha256(), 0
        while data := stream.read(CHUNK):
            found.update(data)
            size += len(data)
    if (str(size), found.hexdigest()) != (said["SIZE"], said["SHA256"]):
        raise Refused("kit-damaged", file=path.name)
    platform = Platform.parse(said["PLATFORM"])
    return OpenedKit(path, said["VERSION"], platform, said["ENGINE"], tuple(said["BUNDLES"].split()))


def unpack(kit: OpenedKit, target: Path) -> None:
    """Fill `target`, an empty folder, as the script would. Raises Refused `kit-damaged`."""
    try:
        with kit.path.open("rb") as stream:
            stream.seek(SCRIPT)
            with tar_headers.opened(stream) as archive:
                for member in archive:
                    archive.extract(member, target, filter="tar")
    except (tarfile.TarError, EOFError) as error:
        raise Refused("kit-damaged", file=kit.path.name) from error
