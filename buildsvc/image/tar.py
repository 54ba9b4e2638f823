"""A reproducible tar: headers with fixed fields, written by hand because `tarfile` carries the time and the user along.

Format: POSIX ustar, with a pax `path`/`linkpath`/`size` record where a field is too small
(pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

BLOCK = 512
END = bytes(2 * BLOCK)
_NAME, _LINK = 100, 100
_SIZE_LIMIT = 8 << 30

FILE, SYMLINK, DIRECTORY = b"0", b"2", b"5"


@dataclass(frozen=True)
class TarEntry:
    """One tar entry. `path` has no leading slash; folders end without one too. `mtime` in seconds since the epoch."""

    path: str
    kind: bytes = FILE
    mode: int = 0o644
    mtime: int = 0
    size: int = 0
    uid: int = 0
    gid: int = 0
    target: str = ""


def header(entry: TarEntry) -> bytes:
    """Return the header blocks of an entry, pax records first where they are needed."""
    name = entry.path.encode() + (b"/" if entry.kind == DIRECTORY else b"")
    link = entry.target.encode()
    records: dict[str, bytes] = {}
    if len(name) > _NAME or not name.isascii():
        records["path"] = name
    if len(link) > _LINK or not link.isascii():
        records["linkpath"] = link
    if entry.size >= _SIZE_LIMIT:
        records["size"] = str(entry.size).encode()
    block = _block(name[:_NAME], entry, entry.size if entry.size < _SIZE_LIMIT else 0, entry.kind, link[:_LINK])
    if not records:
        return block
    body = b"".join(_record(key, value) for key, value in sorted(records.items()))
    pax = TarEntry("", mode=0o644, mtime=entry.mtime)
    return _block(b"PaxHeaders/" + name[-80:].replace(b"/", b"_"), pax, len(body), b"x", b"") + pad(body) + block


def padding(size: int) -> int:
    """How many bytes follow content of this size up to the next block."""
    return -size % BLOCK


def pad(data: bytes) -> bytes:
    return data + bytes(padding(len(data)))


def write_file(write: Callable[[bytes], object], entry: TarEntry, content: bytes) -> None:
    """One whole small file."""
    write(header(entry) + pad(content))


def _record(key: str, value: bytes) -> bytes:
    # The length counts its own digits, hence the second try where it gains one.
    body = b" " + key.encode() + b"=" + value + b"\n"
    length = len(body) + len(str(len(body)))
    length = len(body) + len(str(length))
    return str(length).encode() + body


def _block(name: bytes, entry: TarEntry, size: int, kind: bytes, link: bytes) -> bytes:
    fields = (
        name.ljust(_NAME, b"\0"),
        b"%07o\0" % (entry.mode & 0o7777),
        b"%07o\0" % entry.uid,
        b"%07o\0" % entry.gid,
        b"%011o\0" % size,
        b"%011o\0" % entry.mtime,
        b" " * 8,
        kind,
        link.ljust(_LINK, b"\0"),
        b"ustar\x0000",
        bytes(32 + 32),
        b"0000000\0" * 2,
        bytes(155),
    )
    block = b"".join(fields).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]
