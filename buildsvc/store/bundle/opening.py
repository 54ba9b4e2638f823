"""Read a bundle strictly: every header must be the one that `app.json` foretells, every blob what its digest says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused
from buildsvc.image import tar
from buildsvc.image.layout import CHUNK, Layout
from buildsvc.model.bundle import Bundle
from buildsvc.store.bundle.sections import (
    DOCUMENT,
    LARGEST_DOCUMENT,
    LARGEST_SIGNATURE,
    SIGNATURES,
    SUMS,
    Section,
    blobs,
    bundle_of,
    head,
)

_NAME, _SIZE = slice(0, 100), slice(124, 135)


@dataclass(frozen=True)
class Opened:
    """What stands in front of the blobs. `sums` is what a signature is made of; `start` is where the blobs begin."""

    document: bytes
    bundle: Bundle
    sums: bytes
    signatures: dict[str, bytes]
    start: int


def opened(file: SplitFile) -> Opened:
    """Read what stands in front of the blobs, and compare it with what `app.json` foretells. Raises Refused
    `bundle-format`, `bundle-newer`, `bundle-damaged`.
    """
    document, at = _first(file, 0, DOCUMENT, LARGEST_DOCUMENT)
    bundle = bundle_of(document)
    sums, at = _first(file, at, SUMS, LARGEST_DOCUMENT)
    signatures = {}
    for name in SIGNATURES:
        if _name(file.read(at, tar.BLOCK)) == name:
            signatures[name], at = _first(file, at, name, LARGEST_SIGNATURE)
    sections = head(document, bundle, signatures)
    if sections[1].content != sums:
        raise _damaged(file, 0, "other", SUMS)
    for section in sections[2 + len(signatures) :]:
        at = _compared(file, at, section)
    return Opened(document, bundle, sums, signatures, at)


def places(file: SplitFile, found: Opened) -> Iterator[tuple[Section, int]]:
    """Give each blob with the offset of its content. Raises Refused `bundle-damaged` where a header is another, where
    the file ends early, or where something follows.
    """
    at = found.start
    for section in blobs(found.bundle):
        header = section.header
        if file.read(at, len(header)) != header:
            raise _damaged(file, at, "begin", section.path)
        at += section.length
        if at > file.size:
            raise _damaged(file, file.size, "cut", section.path)
        gap = tar.padding(section.size)
        if file.read(at - gap, gap) != bytes(gap):
            raise _damaged(file, at - gap, "zeros", section.path)
        yield section, at - section.size - gap
    if file.read(at, len(tar.END) + 1) != tar.END:
        raise _damaged(file, at, "end")


def verify(file: SplitFile, found: Opened) -> None:
    """Read every byte and compare every digest. Raises Refused."""
    for section, at in places(file, found):
        digest = hashlib.sha256()
        for data in pieces(file, at, section.size):
            digest.update(data)
        if f"sha256:{digest.hexdigest()}" != section.digest:
            raise _damaged(file, at, "bytes", section.path)


def pieces(file: SplitFile, at: int, size: int) -> Iterator[bytes]:
    """`size` bytes from `at` on, a MiB at a time. Raises Refused `bundle-damaged` where they end early."""
    while size:
        data = file.read(at, min(CHUNK, size))
        if not data:
            raise _damaged(file, at, "early")
        yield data
        at += len(data)
        size -= len(data)


def take_in(file: SplitFile, found: Opened, layout: Layout) -> int:
    """Bring the blobs that `layout` lacks into it, each verified before it appears; returns the bytes that were new.

    May be broken off anywhere and called again. Raises Refused `bundle-damaged`.
    """
    new = 0
    for section, at in places(file, found):
        if not layout.has(section.digest):
            try:
                with layout.writer(section.digest) as blob:
                    for data in pieces(file, at, section.size):
                        blob.write(data)
            except Refused as refused:
                if refused.code != "wrong-blob":
                    raise
                raise _damaged(file, at, "bytes", section.path) from refused
            new += section.size
    return new


def _first(file: SplitFile, at: int, name: str, limit: int) -> tuple[bytes, int]:
    """Read a section whose size only its own header tells; return it, and where the next begins."""
    block = file.read(at, tar.BLOCK)
    digits = block[_SIZE].strip(b"\0 ")
    if _name(block) != name or not digits.isdigit():
        raise _damaged(file, at, "begin", name)
    size = int(digits, 8)
    if size > limit:
        raise _damaged(file, at, "large", name)
    content = file.read(at + tar.BLOCK, size)
    section = Section(name, size, content)
    whole = section.header + tar.pad(content)
    if len(content) != size or file.read(at, len(whole)) != whole:
        raise _damaged(file, at, "other", name)
    return content, at + section.length


def _compared(file: SplitFile, at: int, section: Section) -> int:
    wanted = section.header + tar.pad(section.content or b"")
    if file.read(at, len(wanted)) != wanted:
        raise _damaged(file, at, "other", section.path)
    return at + len(wanted)


def _name(block: bytes) -> str:
    return block[_NAME].rstrip(b"\0").decode("utf-8", "replace")


def _damaged(file: SplitFile, at: int, how: str, section: str = "") -> Refused:
    return Refused(f"bundle-damaged.{how}", file=file.path.name, at=at, section=section)
