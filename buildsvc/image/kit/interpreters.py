"""Who loads the programs of a folder: the interpreters that its ELF files name."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from buildpacks.facts import elf
from buildpacks.facts.elf import Interpreter

_NULL = bytes(4)
"""The kind of an entry of the program header that says nothing."""


def interpreter(file: Path) -> Interpreter | None:
    """Read the interpreter of an ELF file; None where it names none (a library, a static program) or is no ELF file."""
    with file.open("rb") as stream:
        if elf.machine(stream.read(elf.HEADER)) is None:
            return None
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return elf.interpreter(data)


def erase(file: Path, found: Interpreter) -> None:
    """Take the interpreter from a library that names one (the C library does): it is loaded, never run."""
    with file.open("r+b") as stream:
        stream.seek(found.at)
        stream.write(_NULL)


def interpreters(folder: Path) -> Iterator[tuple[Path, Interpreter]]:
    """Give every file below the folder that names an interpreter, sorted; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and (found := interpreter(path)) is not None:
            yield path, found
