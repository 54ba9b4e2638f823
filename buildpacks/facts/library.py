"""One nested jar: its digest, the class versions in it, its Maven name, its native libraries. Read where it lies."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryFile

from buildpacks import classfile
from buildpacks.analysis import Library, Member, NativeLibrary
from buildpacks.archives import beginnings, contents
from buildpacks.archives.directory import (
    LOCAL_HEADER,
    DirectoryError,
    End,
    Header,
    data_offset,
    decode,
    find_end,
    headers,
    java_fault,
)
from buildpacks.archives.limits import Bounds
from buildpacks.archives.zips import Archive
from buildpacks.errors import Refused
from buildpacks.facts.natives import may_be_native, natives_within, worth_a_look
from buildpacks.facts.properties import parse_properties

Maven = tuple[str, str, str]
_IN_MEMORY = 16 << 20
"""Bytes up to which a compressed library is unpacked into memory; larger ones go into a temporary file."""
_MOST_PICKED = 8 << 20
"""Bytes that one look into a library takes along, whatever was asked for."""


def digest(archive: Archive, member: Member) -> str:
    """SHA-256 (hex) of a nested jar; threads can do several at once."""
    hashed = hashlib.sha256()
    if member.stored:
        hashed.update(memoryview(archive.data)[member.offset : member.offset + member.size])
    else:
        for piece in archive.stream(member.name):
            hashed.update(piece)
    archive.let_go(member)
    return hashed.hexdigest()


def read(archive: Archive, member: Member, sha256: str, tally: contents.Tally | None = None) -> Library:
    """Read the facts of the nested jar `member`, whose digest is known. Raises Refused where it is damaged or too
    large.

    With `tally` every byte of its entries is checked, and what they unpack to is counted there.
    """
    with _content(archive, member) as data:
        try:
            return _facts(data, member, sha256, archive.limits, tally)
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error


def complete(
    archive: Archive,
    member: Member,
    sha256: str,
    former: Library | None,
    *,
    tally: contents.Tally | None,
    machines: Collection[str] | None,
) -> Library:
    """As `read`, where `former` does not know it, and with the natives for `machines` unpacked and read (None: all)."""
    found = former or read(archive, member, sha256, tally)
    archive.let_go(member)
    if worth_a_look(found.natives, machines):
        found = replace(found, natives=natives(archive, member, found.natives, machines))
    return found


def find_class(archive: Archive, member: Member, file: str) -> int | None:
    """Return the major version of class file `file` in the nested jar, None where it is not there. Raises Refused."""
    wanted = file.encode()
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                if header.name == wanted:
                    return classfile.major(beginnings.start(data, header))
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error
    return None


def natives(
    archive: Archive, member: Member, former: Iterable[NativeLibrary], machines: Collection[str] | None
) -> tuple[NativeLibrary, ...]:
    """Return those of the nested jar `member` with what is `former` known of them, and now the ones for `machines`
    unpacked and read (None: all). Raises Refused where the jar is damaged.
    """
    with _content(archive, member) as data:
        try:
            looked_at = tuple(natives_within(data, headers(data, _end(data, archive.limits)), machines, former))
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error
    archive.let_go(member)
    return looked_at


def first_class(archive: Archive, member: Member) -> str | None:
    """Return the name of the first class file of the nested jar; None where it has none, or is no jar."""
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
    """Return those entries of the nested jar that are `wanted`: 1 MiB of each, 8 MiB in all. Raises Refused."""
    names = {name.encode() for name in wanted}
    found: dict[str, bytes] = {}
    left = _MOST_PICKED
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                if header.name in names and header.size <= left:
                    found[header.name.decode("utf-8", "replace")] = beginnings.small(data, header)
                    left -= header.size
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error
    archive.let_go(member)
    return found


def names(archive: Archive, member: Member) -> tuple[str, ...]:
    """Return the names of all entries of the nested jar. Raises Refused where it is damaged."""
    with _content(archive, member) as data:
        try:
            found = tuple(decode(header.name, header.flags) for header in headers(data, find_end(data, len(data))))
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error
    archive.let_go(member)
    return found


def classes(archive: Archive, member: Member, most: int) -> Iterator[tuple[bytes, bool]]:
    """Give every class of the nested jar as (its bytes as they lie there, `most` at most; whether they are stored).

    Raises Refused where the jar is damaged.
    """
    with _content(archive, member) as data:
        try:
            for header in headers(data, find_end(data, len(data))):
                if classfile.counts(decode(header.name, header.flags)):
                    at = header.offset
                    offset = data_offset(
                        header, bytes(data[at : at + LOCAL_HEADER + len(header.name)]) if at >= 0 else b""
                    )
                    yield bytes(data[offset : offset + min(header.compressed, most)]), header.method == 0
        except DirectoryError as error:
            raise _damaged(archive, member, error) from error
    archive.let_go(member)


def maven_of(data: bytes) -> Maven | None:
    """groupId, artifactId and version of a pom.properties; None where one is missing."""
    found = parse_properties(data)
    group, artifact, version = (found.get(key) for key in ("groupId", "artifactId", "version"))
    return (group, artifact, version) if group and artifact and version else None


@contextmanager
def _content(archive: Archive, member: Member) -> Iterator[memoryview]:
    """Give the bytes of a nested jar, where they lie or unpacked."""
    if member.stored:
        with memoryview(archive.data) as entries, entries[member.offset : member.offset + member.size] as data:
            yield data
    elif member.size > archive.limits.packed_library:
        raise Refused(
            "entry-too-large.library",
            member=member.name,
            archive=archive.name,
            size=member.size,
            packed_library=archive.limits.packed_library,
        )
    elif member.size <= _IN_MEMORY:
        yield memoryview(archive.read(member.name, _IN_MEMORY))
    else:
        with _unpacked(archive, member) as mapped, memoryview(mapped) as data:
            yield data


@contextmanager
def _unpacked(archive: Archive, member: Member) -> Iterator[mmap.mmap]:
    with TemporaryFile(prefix="library-") as file:
        for piece in archive.stream(member.name):
            file.write(piece)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _damaged(archive: Archive, member: Member, fault: DirectoryError) -> Refused:
    return Refused("library-damaged", member=member.name, archive=archive.name, fault=fault)


def _facts(data: memoryview, member: Member, sha256: str, limits: Bounds, tally: contents.Tally | None) -> Library:
    classes: list[Header] = []
    others: list[Header] = []
    maven: list[Header] = []
    natives: list[Header] = []
    total = 0
    end = _end(data, limits)
    for header in headers(data, end):
        name = header.name
        total += header.size
        if name.endswith(b".class") and not name.startswith(b"META-INF/") and not name.endswith(b"module-info.class"):
            classes.append(header)
            continue
        others.append(header)
        if name.startswith(b"META-INF/maven/") and name.endswith(b"/pom.properties"):
            maven.append(header)
        if may_be_native(name):
            natives.append(header)
    if tally is None:
        stats = beginnings.class_stats(data, classes)
    else:
        _require_java(end, (*classes, *others))
        tally.add(member.name, max(1, member.compressed_size), total)
        stats = contents.verified(data, classes)
        contents.verified(data, others)
    return Library(
        entry=member.name,
        sha256=sha256,
        size=member.size,
        classes=stats,
        maven=maven_of(beginnings.small(data, maven[0])) if len(maven) == 1 else None,
        natives=tuple(natives_within(data, natives, ())),
    )


def _end(data: memoryview, limits: Bounds) -> End:
    end = find_end(data, len(data))
    if end.count > limits.entries or end.size > limits.directory:
        raise DirectoryError("zip-fault.too-large", count=end.count, size=end.size)
    return end


def _require_java(end: End, found: Iterable[Header]) -> None:
    if not end.for_java:
        raise DirectoryError("zip-fault.locator")
    for header in found:
        fault = java_fault(header) if header.extra or not header.name.isascii() else None
        if fault:
            raise fault
