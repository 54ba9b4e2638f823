"""An artifact as ranges of blobs that travel anyway: its libraries lie, byte for byte, in the layers of its image.

A bundle that carried jars and layers would be twice as large. The ranges put the exact bytes together again, and the
SHA-256 of the whole is compared before anybody uses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildsvc.image.hashed import HashedFile
from buildsvc.image.layout import CHUNK, Layout

LEAST = 4096
"""Bytes of a library below which naming it costs more than carrying it."""


@dataclass(frozen=True)
class Range:
    """`length` bytes of a blob from `offset` on."""

    digest: str
    offset: int
    length: int


def cut(artifact: Path, libraries: Iterable[tuple[int, int, str]], layers: Iterable[str], layout: Layout) -> str | None:
    """Describe an artifact by ranges; the digest of the blob that says so, None where it would save nothing.

    `libraries` are its stored entries: where each begins, how long it is (bytes), its SHA-256 (hex). `layers` are the
    digests of the uncompressed layers in `layout` that may hold them.
    """
    homes: dict[tuple[str, int], Range] = {}
    wanted = sorted(one for one in libraries if one[1] >= LEAST)
    sizes = {length for _, length, _ in wanted}
    for layer in layers:
        homes.update(_files(layout, layer, sizes))
    found = [(offset, homes[sha256, length]) for offset, length, sha256 in wanted if (sha256, length) in homes]
    if not found:
        return None
    ranges = _with_rest(artifact, found, layout)
    document = [[one.digest, one.offset, one.length] for one in ranges]
    return layout.add_bytes(json.dumps(document, separators=(",", ":")).encode())


def named(layout: Layout, ranges: str) -> tuple[Range, ...]:
    """Read what a description says. Raises Refused `bad-ranges`, NotFound `no-blob`."""
    try:
        found = [(one[0], one[1], one[2]) for one in json.loads(layout.read(ranges))]
    except (ValueError, TypeError, IndexError) as error:
        raise Refused("bad-ranges", ranges=ranges) from error
    for digest, offset, length in found:
        layout.path(digest)
        if not (isinstance(offset, int) and isinstance(length, int) and offset >= 0 and length >= 0):
            raise Refused("bad-ranges", ranges=ranges)
    return tuple(Range(*one) for one in found)


def join(layout: Layout, ranges: str, sha256: str) -> None:
    """Put an artifact together and keep it as a blob, unless it is there. Raises Refused `bad-ranges` where the bytes
    are not those of `sha256` (hex), NotFound `no-blob`.
    """
    digest = f"sha256:{sha256}"
    if layout.has(digest):
        return
    with layout.writer(digest) as blob:
        for one in named(layout, ranges):
            with layout.open(one.digest) as file:
                file.seek(one.offset)
                _copy(file, blob, one.length)


def _copy(file: IO[bytes], blob: HashedFile, length: int) -> None:
    while length:
        data = file.read(min(CHUNK, length))
        if not data:
            raise Refused("bad-ranges.short")
        blob.write(data)
        length -= len(data)


def _files(layout: Layout, layer: str, sizes: set[int]) -> Iterator[tuple[tuple[str, int], Range]]:
    """Give the files of a layer that have one of these sizes, by SHA-256 and size."""
    with layout.open(layer) as file, tar_headers.opened(file, "r:") as archive:
        for member in archive:
            if member.isfile() and member.size in sizes:
                content = archive.extractfile(member)
                assert content is not None, "it is a file"
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                yield (sha256, member.size), Range(layer, member.offset_data, member.size)


def _with_rest(artifact: Path, found: Iterable[tuple[int, Range]], layout: Layout) -> list[Range]:
    """Put the ranges in their order, and between them what is nowhere else: that becomes one blob."""
    plan: list[tuple[int, int, Range | None]] = []
    at, end = 0, artifact.stat().st_size
    for offset, home in found:
        if offset > at:
            plan.append((at, offset - at, None))
        plan.append((offset, home.length, home))
        at = offset + home.length
    if at < end:
        plan.append((at, end - at, None))
    with artifact.open("rb") as file, layout.writer() as blob:
        for offset, length, taken_from in plan:
            if taken_from is None:
                file.seek(offset)
                _copy(file, blob, length)
    ranges, taken = [], 0
    for _, length, known in plan:
        ranges.append(known or Range(blob.digest, taken, length))
        taken += 0 if known else length
    return ranges
