"""One nested jar: its digest, the class versions in it, its Maven name, its native libraries. Read where it lies."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator

from buildpacks import classfile, native
from buildpacks.analysis import ClassStats, Library, Member, NativeLibrary
from buildpacks.archive import Archive
from buildpacks.directory import (
    LOCAL,
    LOCAL_HEADER,
    Buffer,
    DirectoryError,
    Header,
    data_offset,
    decode,
    find_end,
    headers,
)
from buildpacks.errors import Refused
from buildpacks.properties import parse_properties

Maven = tuple[str, str, str]
_BEGINNING = 384
"""Compressed bytes that nearly always hold the first few of a class: a dynamic Huffman table is at most 320 long."""
_LARGEST_INFLATED = 256 << 20
_SMALL = 1 << 20


def digest(archive: Archive, member: Member) -> str:
    """SHA-256 (hex) of a nested jar; threads can do several at once."""
    with _content(archive, member) as data:
        found = hashlib.sha256(data).hexdigest()
    archive.let_go(member)
    return found


def read(archive: Archive, member: Member, sha256: str) -> Library:
    """The facts of the nested jar `member`, whose digest is known. Raises Refused where it is damaged."""
    with _content(archive, member) as data:
        try:
            return _facts(data, member, sha256)
        except DirectoryError as error:
            raise _damaged(archive, member, str(error)) from error


def find_class(archive: Archive, member: Member, file: str) -> int | None:
    """The major version of class file `file` in the nested jar, None where it is not there. Raises Refused."""
    wanted = file.encode()
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                if header.name == wanted:
                    return classfile.major(_start(data, header))
        except DirectoryError as error:
            raise _damaged(archive, member, str(error)) from error
    return None


def first_class(archive: Archive, member: Member) -> str | None:
    """The name of the first class file of the nested jar; None where it has none, or is no jar."""
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                name = decode(header.name, header.flags)
                if classfile.counts(name):
                    return name
        except DirectoryError:
            return None
    return None


def pick(archive: Archive, member: Member, wanted: Collection[str]) -> dict[str, bytes]:
    """The contents of those entries of the nested jar that are `wanted`, 1 MiB of each at most. Raises Refused."""
    names = {name.encode() for name in wanted}
    with _content(archive, member) as data:
        try:
            found = {
                header.name.decode("utf-8", "replace"): _whole(data, header)
                for header in headers(data, find_end(data, len(data)))
                if header.name in names
            }
        except DirectoryError as error:
            raise _damaged(archive, member, str(error)) from error
    archive.let_go(member)
    return found


def names(archive: Archive, member: Member) -> tuple[str, ...]:
    """The names of all entries of the nested jar. Raises Refused where it is damaged."""
    with _content(archive, member) as data:
        try:
            found = tuple(decode(header.name, header.flags) for header in headers(data, find_end(data, len(data))))
        except DirectoryError as error:
            raise _damaged(archive, member, str(error)) from error
    archive.let_go(member)
    return found


def classes(archive: Archive, member: Member, most: int) -> Iterator[tuple[bytes, bool]]:
    """Every class of the nested jar as (its bytes as they lie there, `most` at most; whether they are stored).

    Raises Refused where the jar is damaged.
    """
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                if classfile.counts(decode(header.name, header.flags)):
                    at = header.offset
                    offset = data_offset(header, bytes(data[at : at + LOCAL_HEADER]) if at >= 0 else b"")
                    yield bytes(data[offset : offset + min(header.compressed, most)]), header.method == 0
        except DirectoryError as error:
            raise _damaged(archive, member, str(error)) from error
    archive.let_go(member)


def first_bytes(data: Buffer, offset: int, packed: int, stored: bool, wanted: int = classfile.HEADER) -> bytes:
    """The first `wanted` bytes of an entry without unpacking the rest; fewer where it ends or is damaged."""
    if stored:
        return bytes(data[offset : offset + min(packed, wanted)])
    found = _inflate(bytes(data[offset : offset + min(packed, _BEGINNING)]), wanted)
    if len(found) < wanted and packed > _BEGINNING:
        found = _inflate(bytes(data[offset : offset + min(packed, _SMALL)]), wanted)
    return found


def maven_of(data: bytes) -> Maven | None:
    """groupId, artifactId and version of a pom.properties; None where one is missing."""
    found = parse_properties(data)
    group, artifact, version = (found.get(key) for key in ("groupId", "artifactId", "version"))
    return (group, artifact, version) if group and artifact and version else None


def _inflate(packed: bytes, wanted: int) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(packed, wanted)
    except zlib.error:
        return b""


def _content(archive: Archive, member: Member) -> memoryview:
    if member.stored:
        return memoryview(archive.data)[member.offset : member.offset + member.size]
    return memoryview(archive.read(member.name, _LARGEST_INFLATED))


def _damaged(archive: Archive, member: Member, fault: str) -> Refused:
    return Refused(
        "library-damaged",
        f"The library '{member.name}' in {archive.name} is no whole jar: {fault}.",
        "Delete it from the local Maven or Gradle repository and build again.",
    )


def _start(data: Buffer, header: Header, wanted: int = classfile.HEADER) -> bytes:
    at = header.offset
    offset = data_offset(header, bytes(data[at : at + LOCAL_HEADER]) if at >= 0 else b"")
    return first_bytes(data, offset, header.compressed, header.method == 0, wanted)


def _facts(data: memoryview, member: Member, sha256: str) -> Library:
    classes: list[Header] = []
    maven: list[Header] = []
    natives: list[NativeLibrary] = []
    multi_release = False
    for header in headers(data, find_end(data, len(data))):
        name = header.name
        if name.endswith(b".class"):
            if name.startswith(b"META-INF/"):
                multi_release = multi_release or name.startswith(b"META-INF/versions/")
            elif not name.endswith(b"module-info.class"):
                classes.append(header)
        elif name.startswith(b"META-INF/maven/") and name.endswith(b"/pom.properties"):
            maven.append(header)
        elif b".so" in name or name.endswith(b".jnilib"):
            natives.extend(_native(data, header))
    return Library(
        entry=member.name,
        sha256=sha256,
        size=member.size,
        classes=_stats(data, classes),
        maven=maven_of(_whole(data, maven[0])) if len(maven) == 1 else None,
        multi_release=multi_release,
        natives=tuple(natives),
    )


def _stats(data: memoryview, classes: list[Header]) -> ClassStats:
    # A real application has 30,000 to 60,000 of them: this loop is most of a first analysis, hence no calls in it.
    count, newest = 0, 0
    inflater, magic, least = zlib.decompressobj, classfile.MAGIC, classfile.HEADER
    for header in classes:
        at = header.offset
        if at < 0 or at + LOCAL_HEADER > len(data) or data[at : at + 4] != LOCAL:
            data_offset(header, b"")
        offset = at + LOCAL_HEADER + data[at + 26] + data[at + 28] + ((data[at + 27] + data[at + 29]) << 8)
        packed = bytes(data[offset : offset + min(header.compressed, _BEGINNING)])
        try:
            start = inflater(-15).decompress(packed, least) if header.method else packed[:least]
        except zlib.error:
            start = b""
        if len(start) < least:
            start = _start(data, header)
        if len(start) == least and start[:4] == magic:
            count += 1
            newest = max(newest, start[6] << 8 | start[7])
    return ClassStats(count, newest or None)


def _native(data: memoryview, header: Header) -> Iterator[NativeLibrary]:
    name = decode(header.name, 0)
    machine = native.machine(_start(data, header, native.HEADER)) if native.looks_native(name) else None
    if machine is not None:
        yield NativeLibrary(name, machine)


def _whole(data: memoryview, header: Header) -> bytes:
    at = header.offset
    offset = data_offset(header, bytes(data[at : at + LOCAL_HEADER]) if at >= 0 else b"")
    return first_bytes(data, offset, header.compressed, header.method == 0, _SMALL)
