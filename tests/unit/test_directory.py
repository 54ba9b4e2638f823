"""Central directories."""

import pytest

from buildpacks.directory import DirectoryError, decode, find_end, headers, show
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
