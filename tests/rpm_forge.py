"""Package databases of RPM, made in memory: headers, an sqlite file, a hash file of Berkeley DB."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

PAGE = 512
_NUMBER, _TEXT, _TRANSLATED = 4, 6, 9


def header(name: str, version: str, release: str, *, licence: str = "MIT", epoch: int | None = None) -> bytes:
    texts = {1000: name, 1001: version, 1002: release, 1014: licence, 1022: "x86_64", 1044: "source-1-2.src.rpm"}
    index, data = b"", b""
    for tag, text in texts.items():
        index += struct.pack(">IIII", tag, _TRANSLATED if tag == 1014 else _TEXT, len(data), 1)
        data += text.encode() + b"\0"
    if epoch is not None:
        data += bytes(-len(data) % 4)
        index += struct.pack(">IIII", 1003, _NUMBER, len(data), 1)
        data += struct.pack(">I", epoch)
    return struct.pack(">II", len(index) // 16, len(data)) + index + data


def sqlite_file(folder: Path, headers: Iterable[bytes]) -> bytes:
    file = folder / "made.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        database.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in headers])
    return file.read_bytes()


def hash_file(headers: Iterable[bytes]) -> bytes:
    """One page of keys and values; every header in a chain of pages of its own, as large ones are."""
    chains = bytearray()
    items = [b"\1" + bytes(4), b"\1" + struct.pack("<I", 9)]
    for number, one in enumerate(headers, 1):
        first = 2 + len(chains) // PAGE
        items += [b"\1" + struct.pack("<I", number), b"\3\0\0\0" + struct.pack("<II", first, len(one))]
        chains += _chain(one, first)
    meta = bytearray(PAGE)
    struct.pack_into("<III", meta, 12, 0x061561, 9, PAGE)
    return bytes(meta) + _page_of(items) + bytes(chains)


def _chain(content: bytes, first: int) -> bytes:
    room = PAGE - 26
    parts = [content[at : at + room] for at in range(0, len(content), room)]
    made = b""
    for number, part in enumerate(parts):
        following = first + number + 1 if number + 1 < len(parts) else 0
        made += (_head(first + number, following, 0, len(part), 7) + part).ljust(PAGE, b"\0")
    return made


def _page_of(items: list[bytes]) -> bytes:
    page, end = bytearray(PAGE), PAGE
    for number, item in enumerate(items):
        end -= len(item)
        page[end : end + len(item)] = item
        struct.pack_into("<H", page, 26 + 2 * number, end)
    page[:26] = _head(1, 0, len(items), end, 13)
    return bytes(page)


def _head(page: int, following: int, entries: int, offset: int, kind: int) -> bytes:
    return struct.pack("<8xIIIHHBB", page, 0, following, entries, offset, 0, kind)
