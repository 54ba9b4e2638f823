"""Central directories."""

import struct

import pytest

from buildpacks.archives.directory import DirectoryError, decode, find_end, headers, java_fault, show
from tests import forge

DATA = forge.archive({"a": b"1", "b": b"2"})


def test_offsets_are_right_for_both_styles_of_a_script_in_front() -> None:
    for data in (DATA, forge.SCRIPT + DATA, forge.with_script(DATA), forge.zip64(DATA)):
        found = list(headers(data, find_end(data, len(data))))
        assert [header.name for header in found] == [b"a", b"b"]
        assert all(data[header.offset :].startswith(b"PK\x03\x04") for header in found)


def test_an_end_record_inside_the_comment_counts_as_the_end_as_it_does_for_java() -> None:
    data = forge.archive({"a": b"1"}, comment=b"PK\x05\x06" + bytes(18))
    assert find_end(data, len(data)).count == 0


def test_a_directory_with_more_or_fewer_headers_than_stated_is_refused() -> None:
    for stated in (1, 3):
        data = bytearray(DATA)
        end = data.rindex(b"PK\x05\x06")
        data[end + 8] = data[end + 10] = stated
        with pytest.raises(DirectoryError):
            list(headers(bytes(data), find_end(bytes(data), len(data))))


def test_names_are_utf8_as_java_reads_them_and_code_page_437_where_they_are_not() -> None:
    assert decode("中文.txt".encode(), 0) == "中文.txt"
    assert decode(b"\x81.txt", 0) == "ü.txt"
    with pytest.raises(DirectoryError, match="marked as UTF-8"):
        decode(b"\x81.txt", 0x0800)


def test_a_name_in_a_message_cannot_break_the_line() -> None:
    assert show(b"a\nb\x1b[31m") == "a\\nb\\x1b[31m"


def test_two_end_records_that_contradict_each_other_are_refused() -> None:
    data = bytearray(forge.zip64(DATA))
    for at, size, code in ((10, 2, "<H"), (12, 4, "<I"), (16, 4, "<I")):
        changed = bytearray(data)
        struct.pack_into(code, changed, len(data) - 22 + at, 1)
        if size == 2:
            struct.pack_into(code, changed, len(data) - 22 + 8, 1)
        with pytest.raises(DirectoryError, match="contradict"):
            find_end(bytes(changed), len(changed))


def test_java_finds_a_zip64_record_only_where_its_locator_says() -> None:
    moved = forge.SCRIPT + forge.zip64(DATA)
    for data, found in ((forge.zip64(DATA), True), (moved, False), (forge.SCRIPT + DATA, True)):
        assert find_end(data, len(data)).for_java is found


@pytest.mark.parametrize(
    ("extra", "sound"),
    [
        (b"", True), (bytes(3), True), (struct.pack("<HH", 0xCAFE, 0) + b"\0", True),
        (struct.pack("<HHQ", 1, 8, 5), True),
        (struct.pack("<HH", 1, 0), True), (struct.pack("<HHI", 1, 4, 5), False), (struct.pack("<HHB", 9, 2, 0), False),
    ],
)  # fmt: skip
def test_extra_fields_are_as_java_wants_them(extra: bytes, sound: bool) -> None:
    header = next(headers(DATA, find_end(DATA, len(DATA))))
    assert (java_fault(header._replace(extra=extra)) is None) is sound
    assert java_fault(header._replace(name=b"\xff")) is not None
