"""Reads every program and library of a kit's file: for which machine it is, and who loads it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from buildpacks.facts import elf
from buildsvc.image.kit.kit_file import HOME, SCRIPT

CARRIED = ("program/", "engine/")
"""What becomes programs of the server. The images beside them have C libraries of their own."""


def strangers(kit: Path, architecture: str) -> Iterator[str]:
    """Name each file that is for another machine, or wants a loader that the kit does not bring. Raises ValueError for
    a kit without a program.
    """
    read = 0
    with kit.open("rb") as stream:
        stream.seek(SCRIPT)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if not member.isreg() or not member.name.startswith(CARRIED):
                    continue
                file = archive.extractfile(member)
                assert file is not None, "a regular file has content"
                data = file.read()
                machine = elf.machine(data[: elf.HEADER])
                if machine is None:
                    continue
                read += 1
                loader = elf.interpreter(data)
                if machine != architecture:
                    yield f"{member.name} is for {machine}"
                if loader is not None and not loader.path.startswith(f"{HOME}/"):
                    yield f"{member.name} is loaded by {loader.path}"
    if not read:
        raise ValueError(f"{kit} has no program")
