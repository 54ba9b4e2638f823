"""The beginnings of a zip's entries, unpacked no further than asked: where most of a first analysis goes."""

from __future__ import annotations

import zlib

from buildpacks import classfile
from buildpacks.analysis import ClassStats
from buildpacks.archives.directory import LOCAL, LOCAL_HEADER, LOCAL_START, Buffer, Header, data_offset

_BEGINNING = 384
"""Compressed bytes that nearly always hold the first few of a class: a dynamic Huffman table is at most 320 long."""
_SMALL = 1 << 20


def first_bytes(data: Buffer, offset: int, packed: int, stored: bool, wanted: int = classfile.HEADER) -> bytes:
    """Unpack the first `wanted` bytes of an entry without unpacking the rest; fewer where it ends or is damaged."""
    if stored:
        return bytes(data[offset : offset + min(packed, wanted)])
    found = _inflate(bytes(data[offset : offset + min(packed, _BEGINNING)]), wanted)
    if len(found) < wanted and packed > _BEGINNING:
        found = _inflate(bytes(data[offset : offset + min(packed, _SMALL)]), wanted)
    return found


def class_stats(data: memoryview, classes: list[Header]) -> ClassStats:
    """How many of the entries are class files, and the newest version among them."""
    # A real application has 30,000 to 60,000 of them: this loop is most of a first analysis, hence no calls in it.
    count, newest = 0, 0
    inflater, magic, least, local = zlib.decompressobj, classfile.MAGIC, classfile.HEADER, LOCAL_START.unpack_from
    last = len(data) - LOCAL_HEADER
    for header in classes:
        at, packed = header.offset, header.compressed
        mark, name, extra = local(data, at) if 0 <= at <= last else (b"", 0, 0)
        if mark != LOCAL:
            data_offset(header, b"")
        offset = at + LOCAL_HEADER + name + extra
        # A copy: a view in the frame of an error would keep the file from being closed.
        beginning = bytes(data[offset : offset + min(packed, _BEGINNING)])
        try:
            first = inflater(-15).decompress(beginning, least) if header.method else beginning[:least]
        except zlib.error:
            first = b""
        if len(first) < least:
            first = start(data, header)
        if len(first) == least and first[:4] == magic:
            count += 1
            newest = max(newest, first[6] << 8 | first[7])
    return ClassStats(count, newest or None)


def start(data: Buffer, header: Header, wanted: int = classfile.HEADER) -> bytes:
    """Unpack the first `wanted` bytes of the entry that `header` describes."""
    at = header.offset
    offset = data_offset(header, bytes(data[at : at + LOCAL_HEADER + len(header.name)]) if at >= 0 else b"")
    return first_bytes(data, offset, header.compressed, header.method == 0, wanted)


def small(data: Buffer, header: Header) -> bytes:
    """Unpack an entry whole, up to 1 MiB of it; empty where it is damaged."""
    return start(data, header, _SMALL)


def _inflate(packed: bytes, wanted: int) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(packed, wanted)
    except zlib.error:
        return b""
