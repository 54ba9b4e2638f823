"""Which shared libraries an ELF file asks for, read from its dynamic section.

Format: the System V ABI's ELF-64, little endian (amd64, arm64 and loong64 are all that).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from buildsvc.image import tar
from buildsvc.image.making.rootfs import RootFs

_MAGIC = b"\x7fELF\x02\x01"
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB = 0, 1, 5


def needed(data: bytes) -> tuple[str, ...]:
    """The names in DT_NEEDED; empty for what is not such a file, or is linked statically."""
    if not data.startswith(_MAGIC):
        return ()
    header = _HEADER.unpack_from(data)
    at, size, count = header[5], header[9], header[10]
    programs = [_PROGRAM.unpack_from(data, at + size * number) for number in range(count)]
    loads = [(one[3], one[2], one[5]) for one in programs if one[0] == _PT_LOAD]
    names: list[int] = []
    strings = None
    for one in programs:
        if one[0] != _PT_DYNAMIC:
            continue
        for tag, value in _DYNAMIC.iter_unpack(data[one[2] : one[2] + one[5] // _DYNAMIC.size * _DYNAMIC.size]):
            if tag == _DT_NULL:
                break
            if tag == _DT_NEEDED:
                names.append(value)
            elif tag == _DT_STRTAB:
                strings = next(
                    offset + value - start for start, offset, length in loads if start <= value < start + length
                )
    if strings is None:
        return ()
    return tuple(data[strings + name : data.index(b"\0", strings + name)].decode() for name in names)


def missing(root: RootFs) -> Mapping[str, str]:
    """Libraries that some file asks for and no file provides, each with the path of one that asks."""
    there = {path.rpartition("/")[2] for path in root.paths("*")}
    found: dict[str, str] = {}
    for path, entry in root.entries():
        if entry.kind == tar.FILE and root.read(path, len(_MAGIC)) == _MAGIC:
            for name in needed(root.read(path)):
                if name not in there:
                    found.setdefault(name, path)
    return found
