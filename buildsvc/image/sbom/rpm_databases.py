"""The headers in a package database of RPM, in the two forms that most images have, without RPM.

Formats: `rpmdb.sqlite` (a table `Packages` of hnum and blob, since rpm 4.16: openEuler 22.03, CentOS Stream 9);
`Packages`, a hash file of Berkeley DB (db_page.h of version 5.3; up to CentOS 8, openEuler 20.03, Kylin V10). The
third, rpm's own ndb (SUSE), is not read. The files are strangers': every offset is looked at before it is followed.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_LARGEST = 16 << 20
"""Bytes of one header: kernels, with tens of thousands of files, have some 4 MB."""
_SQLITE = b"SQLite format 3\0"
_HASH_MAGIC = 0x061561
_PAGE, _HASH_PAGES, _OVERFLOW, _INLINE, _ELSEWHERE = 26, (2, 13), 7, 1, 3


def headers(file: Path) -> Iterator[bytes]:
    """Give the header of each package. What a write-ahead log beside an sqlite file holds is read along. Raises
    ValueError where it is no database, or a damaged one.
    """
    with file.open("rb") as opened:
        start = opened.read(len(_SQLITE))
    if start == _SQLITE:
        yield from _of_sqlite(file)
        return
    content = file.read_bytes()
    order = _byte_order(content)
    if order is None:
        raise ValueError("no form of RPM's database that is read here")
    yield from _of_hash(content, order)


def _of_sqlite(file: Path) -> Iterator[bytes]:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
            database.execute("PRAGMA trusted_schema = OFF")
            for (blob,) in database.execute("SELECT blob FROM Packages ORDER BY hnum"):
                if isinstance(blob, bytes):
                    yield blob
    except sqlite3.Error as error:
        raise ValueError(str(error)) from error


def _byte_order(content: bytes) -> str | None:
    if len(content) < 512:  # noqa: PLR2004 - the smallest page there is
        return None
    return next((one for one in "<>" if struct.unpack_from(one + "I", content, 12)[0] == _HASH_MAGIC), None)


def _of_hash(content: bytes, order: str) -> Iterator[bytes]:
    (size,) = struct.unpack_from(order + "I", content, 20)
    if size < 512 or size > 65536 or size & (size - 1):  # noqa: PLR2004 - as Berkeley DB allows
        raise ValueError("a damaged first page")
    try:
        for at in range(size, len(content) - size + 1, size):
            entries, kind = struct.unpack_from(order + "H3xB", content, at + 20)
            if kind in _HASH_PAGES:
                yield from _of_page(content, at, size, order, entries)
    except struct.error as error:
        raise ValueError("a damaged page") from error


def _of_page(content: bytes, at: int, size: int, order: str, entries: int) -> Iterator[bytes]:
    """Keys and values take turns; items lie from the page's end downwards."""
    places = struct.unpack_from(f"{order}{entries}H", content, at + _PAGE)
    for number in range(1, entries, 2):
        place, end = places[number], places[number - 1]
        if not _PAGE <= place < end <= size:
            raise ValueError("a damaged page")
        kind = content[at + place]
        if kind == _ELSEWHERE:
            first, length = struct.unpack_from(order + "II", content, at + place + 4)
            yield _chain(content, first, length, size, order)
        elif kind == _INLINE and end - place > 9:  # noqa: PLR2004 - less is no header: the number that is given next
            yield content[at + place + 1 : at + end]


def _chain(content: bytes, page: int, length: int, size: int, order: str) -> bytes:
    if length > _LARGEST:
        raise ValueError("a header that is too large")
    found = bytearray()
    while page and len(found) < length:
        at = page * size
        following, held, kind = struct.unpack_from(order + "I2xH1xB", content, at + 16)
        if kind != _OVERFLOW or not 0 < held <= size - _PAGE:
            raise ValueError("a damaged chain of pages")
        found += content[at + _PAGE : at + _PAGE + held]
        page = following
    if len(found) != length:
        raise ValueError("a chain of pages that ends early")
    return bytes(found)
