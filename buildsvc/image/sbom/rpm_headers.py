"""A package's header as RPM's databases keep it.

Format: two numbers (entries, bytes of data), then an index of entries (tag, type, offset, count; all of 4 bytes, the
most significant first), then the data; rpm's own reference, `docs/manual/format_header.md`, without the magic of files.
"""

from __future__ import annotations

import re
import struct

from buildsvc.image.sbom.packages import Package

_NAME, _VERSION, _RELEASE, _EPOCH, _LICENCE, _ARCHITECTURE, _SOURCE = 1000, 1001, 1002, 1003, 1014, 1022, 1044
_NUMBER, _TEXT, _TRANSLATED = 4, 6, 9
_KEY = "gpg-pubkey"
"""Keys that were imported stand among the packages."""
_MOST_ENTRIES = 65_536
_SOURCE_FILE = re.compile(r"(.+)-[^-]+-[^-]+\.(?:no)?src\.rpm")
_CHOSEN = re.compile(r"[()]|\bor\b", re.IGNORECASE)
_EACH = re.compile(r"\s+and\s+", re.IGNORECASE)


def package(header: bytes, distribution: str) -> Package | None:
    """Read one; None of a key. Raises ValueError where it is no header."""
    told = _tags(header)
    name, version = told.get(_NAME, ""), told.get(_VERSION, "")
    if not name or not version:
        raise ValueError("a header of RPM without name or version")
    if name == _KEY:
        return None
    epoch, release = told.get(_EPOCH, ""), told.get(_RELEASE, "")
    whole = "".join((f"{epoch}:" if epoch else "", version, f"-{release}" if release else ""))
    source = _SOURCE_FILE.fullmatch(told.get(_SOURCE, ""))
    other = source[1] if source and source[1] != name else ""
    licences = _licences(told.get(_LICENCE, ""))
    return Package(name, whole, told.get(_ARCHITECTURE, ""), other, distribution, "rpm", licences)


def _tags(header: bytes) -> dict[int, str]:
    try:
        entries, size = struct.unpack_from(">II", header)
        start = 8 + 16 * entries
        if entries > _MOST_ENTRIES or start + size > len(header):
            raise ValueError("a header of RPM that is cut off")
        index = struct.iter_unpack(">IIII", header[8:start])
        wanted = (_NAME, _VERSION, _RELEASE, _EPOCH, _LICENCE, _ARCHITECTURE, _SOURCE)
        return {tag: _value(header, kind, start + offset) for tag, kind, offset, _ in index if tag in wanted}
    except struct.error as error:
        raise ValueError("no header of RPM") from error


def _value(header: bytes, kind: int, at: int) -> str:
    if kind == _NUMBER:
        return str(struct.unpack_from(">I", header, at)[0])
    if kind not in (_TEXT, _TRANSLATED):
        return ""
    end = header.find(b"\0", at)
    if end < 0:
        raise ValueError("a header of RPM with a text that does not end")
    return header[at:end].decode("utf-8", "replace")


def _licences(stated: str) -> tuple[str, ...]:
    """Give them apart where all of them hold; what leaves a choice stays one text, for no list says that."""
    if not stated or _CHOSEN.search(stated):
        return (stated,) if stated else ()
    return tuple(dict.fromkeys(_EACH.split(stated.strip())))
