"""Who loads a program: the interpreter that an ELF file names.

Source: System V ABI (gABI), chapter "Program Header", PT_INTERP. Only 64-bit little-endian files are looked at: a kit
is for no other machine.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_WIDE_LITTLE = b"\x7fELF\x02\x01"
_HEADER, _ENTRY = 64, 56
_NULL, _INTERP = 0, 3
_MOST = 64
"""Entries of a program header that are looked at; real files have about 12."""


@dataclass(frozen=True)
class Interpreter:
    """What one file asks to be loaded by; `at` is where its entry in the program header lies, in bytes."""

    path: str
    at: int


def interpreter(file: Path) -> Interpreter | None:
    """Read the interpreter of an ELF file; None where it names none (a library, a static program) or is no ELF file."""
    with file.open("rb") as stream:
        start = stream.read(_HEADER)
        if len(start) < _HEADER or not start.startswith(_WIDE_LITTLE):
            return None
        (table,) = struct.unpack_from("<Q", start, 32)
        size, count = struct.unpack_from("<HH", start, 54)
        if size < _ENTRY:
            return None
        for number in range(min(count, _MOST)):
            at = table + size * number
            stream.seek(at)
            entry = stream.read(_ENTRY)
            if len(entry) < _ENTRY:
                return None
            kind, offset, length = struct.unpack("<I4xQ16xQ16x", entry)
            if kind == _INTERP:
                stream.seek(offset)
                return Interpreter(stream.read(length).rstrip(b"\0").decode("utf-8", "replace"), at)
    return None


def erase(file: Path, found: Interpreter) -> None:
    """Take the interpreter from a library that names one (the C library does): it is loaded, never run."""
    with file.open("r+b") as stream:
        stream.seek(found.at)
        stream.write(struct.pack("<I", _NULL))


def interpreters(folder: Path) -> Iterator[tuple[Path, Interpreter]]:
    """Every file below the folder that names an interpreter, sorted; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and (found := interpreter(path)) is not None:
            yield path, found
