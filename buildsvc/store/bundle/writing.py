"""Write a bundle as a stream, from any byte on: what comes where is known before the first byte is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from buildsvc.image import tar
from buildsvc.image.layout import CHUNK, Layout
from buildsvc.model.bundle import Bundle
from buildsvc.store.bundle.sections import Section, blobs, head


def length(document: bytes, bundle: Bundle, signatures: Mapping[str, bytes]) -> int:
    """Bytes of the whole file."""
    sections = chain(head(document, bundle, signatures), blobs(bundle))
    return sum(section.length for section in sections) + len(tar.END)


def write(
    layout: Layout, document: bytes, bundle: Bundle, signatures: Mapping[str, bytes], *, start: int = 0
) -> Iterator[bytes]:
    """Give the file in pieces of at most 1 MiB, from byte `start` on. Raises NotFound `no-blob` where one is gone."""
    at = 0
    for section in chain(head(document, bundle, signatures), blobs(bundle)):
        skip = max(0, min(section.length, start - at))
        at += section.length
        if skip < section.length:
            yield from _from(layout, section, skip)
    if start <= at + len(tar.END):
        yield tar.END[max(0, start - at) :]


def _from(layout: Layout, section: Section, skip: int) -> Iterator[bytes]:
    header = section.header
    if skip < len(header):
        yield header[skip:]
    skip = max(0, skip - len(header))
    if section.content is not None:
        yield tar.pad(section.content)[skip:]
        return
    with layout.open(section.digest) as file:
        file.seek(min(skip, section.size))
        while data := file.read(CHUNK):
            yield data
    yield bytes(tar.padding(section.size))[max(0, skip - section.size) :]
