"""Every byte of every entry."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.archives import contents
from buildpacks.archives.directory import find_end, headers
from buildpacks.archives.limits import Bounds
from buildpacks.archives.zips import open_archive
from buildpacks.errors import Refused
from tests import forge

LARGE = bytes(range(256)) * 5000


def damaged(data: bytes, at: bytes, by: int = 1) -> bytes:
    """The same archive with one bit of this content turned, where it lies stored."""
    changed = bytearray(data)
    changed[data.index(at) + len(at) // 2] ^= by
    return bytes(changed)


@pytest.mark.parametrize("stored", [True, False])
def test_whole_entries_hold_what_they_state(tmp_path: Path, stored: bool) -> None:
    entries = {"a.txt": b"alpha" * 100, "empty": b"", "folder/": b"", "large": LARGE}
    with open_archive(forge.write(tmp_path / "a.jar", forge.archive(entries, stored=stored))) as archive:
        contents.check(archive)


@pytest.mark.parametrize("content", [b"0123456789", LARGE])
@pytest.mark.parametrize("stored", [True, False])
def test_one_damaged_bit_is_found_and_its_entry_named(tmp_path: Path, content: bytes, stored: bool) -> None:
    data = bytearray(forge.archive({"first": b"1", "a.txt": content}, stored=stored))
    with open_archive(forge.write(tmp_path / "a.jar", bytes(data))) as archive:
        member = archive.by_name["a.txt"]
    data[member.offset + member.compressed_size // 2] ^= 16
    with open_archive(forge.write(tmp_path / "a.jar", bytes(data))) as archive:
        with pytest.raises(Refused, match=r"'a.txt'") as caught:
            contents.check(archive)
        assert caught.value.code == "entry-damaged"
        contents.check(archive, besides={"a.txt"})


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("content", [b"", b"0123456789" * 9, LARGE])
def test_a_stream_that_breaks_off_is_damaged_even_where_all_its_content_is_there(content: bytes) -> None:
    stream, crc = packed(content), zlib.crc32(content)
    assert contents.holds(stream, 0, len(stream), len(content), crc, stored=False)
    assert contents.holds(stream + b"more", 0, len(stream) + 4, len(content), crc, stored=False)
    assert not contents.holds(stream[:-1], 0, len(stream) - 1, len(content), crc, stored=False)
    assert not contents.holds(stream, 0, len(stream), len(content) + 1, crc, stored=False)
    assert not contents.holds(stream, 0, len(stream), max(0, len(content) - 1), crc + 1, stored=False)
    assert not contents.holds(content, 0, len(content), len(content) + 1, crc, stored=True)


@pytest.mark.parametrize("stored", [True, False])
def test_classes_of_a_library_are_counted_while_they_are_checked(stored: bool) -> None:
    entries = {"a/A.class": forge.class_file(8), "a/B.class": forge.class_file(21), "c.txt": b"no class"}
    entries["a/Large.class"] = forge.class_file(11) + LARGE
    data = memoryview(forge.archive(entries, stored=stored))
    found = contents.verified(data, headers(data, find_end(data, len(data))))
    assert (found.count, found.newest_major) == (3, 65)


def test_a_library_that_was_damaged_before_it_was_packed_is_found_although_the_outer_sums_are_right(
    tmp_path: Path,
) -> None:
    nested = damaged(forge.archive({"a/A.class": forge.class_file(8)}, stored=True), forge.class_file(8))
    path = forge.write(tmp_path / "a.jar", forge.boot_jar(libraries={"bad.jar": nested}))
    assert len(analyse(path, "a.jar").libraries) == 4
    with pytest.raises(Refused, match=r"bad.jar.*a/A.class.*does not have the content") as caught:
        analyse(path, "a.jar", every_byte=True)
    assert caught.value.code == "library-damaged"


def test_a_library_that_is_known_is_proven_by_its_digest_and_not_read_again(tmp_path: Path) -> None:
    nested = damaged(forge.archive({"a/A.class": forge.class_file(8)}, stored=True), forge.class_file(8))
    path = forge.write(tmp_path / "a.jar", forge.boot_jar(libraries={"bad.jar": nested}))
    known = {library.sha256: library for library in analyse(path, "a.jar").libraries}
    assert len(analyse(path, "a.jar", every_byte=True, known=lambda _: known).libraries) == 4


def test_a_known_library_is_still_compared_with_the_sum_that_its_entry_states(tmp_path: Path) -> None:
    data = bytearray(forge.boot_jar())
    path = forge.write(tmp_path / "a.jar", bytes(data))
    known = {library.sha256: library for library in analyse(path, "a.jar").libraries}
    at = data.rindex(b"BOOT-INF/lib/spring-boot-3.2.5.jar") - 46
    struct.pack_into("<I", data, at + 16, 7)
    with pytest.raises(Refused) as caught:
        analyse(forge.write(path, bytes(data)), "a.jar", every_byte=True, known=lambda _: known)
    assert caught.value.code == "entry-damaged"


def test_libraries_together_may_unpack_to_no_more_than_the_archive_itself() -> None:
    tally = contents.Tally("x.jar", Bounds(total=100), 1000)
    tally.add("a.jar", 10, 60)
    tally.add("b.jar", 10, 40)
    with pytest.raises(Refused) as caught:
        tally.add("c.jar", 10, 1)
    assert caught.value.code == "archive-too-large"
    contents.Tally("x.jar", Bounds(), 10 << 20).add("a.jar", 1 << 20, 200 << 20)
    with pytest.raises(Refused, match=r"a.jar") as caught:
        contents.Tally("x.jar", Bounds(), 10 << 20).add("a.jar", 1 << 20, (200 << 20) + (1 << 20))
    assert caught.value.code == "archive-bomb"


def test_many_small_bombs_are_one() -> None:
    tally = contents.Tally("x.jar", Bounds(), 64 << 10)
    for number in range(4):
        tally.add(f"{number}.jar", 64 << 10, 64 << 20)
    with pytest.raises(Refused) as caught:
        tally.add("one-more.jar", 64 << 10, 64 << 20)
    assert caught.value.code == "archive-bomb"


def test_a_small_jar_of_zero_filled_libraries_is_refused_soon(tmp_path: Path) -> None:
    bombs = {f"{n}.jar": forge.library("a.A", extra={f"zeros{n}": bytes(63 << 20)}) for n in range(6)}
    path = forge.write(tmp_path / "x.jar", forge.boot_jar(libraries=bombs, nested_stored=False))
    began = time.process_time()
    with pytest.raises(Refused) as caught:
        analyse(path, "x.jar", every_byte=True)
    assert caught.value.code == "archive-bomb"
    assert path.stat().st_size < 1 << 20
    assert time.process_time() - began < 10
