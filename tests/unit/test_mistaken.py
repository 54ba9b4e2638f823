"""Files that are no jar at all are refused each in its own words."""

from pathlib import Path

import pytest

from buildpacks.archives.zips import check
from buildpacks.errors import Refused
from tests import forge

NATIVE = forge.elf()


def refusal(tmp_path: Path, data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        check(forge.write(tmp_path / "order.jar", data))
    return caught.value


@pytest.mark.parametrize(
    ("code", "words", "data"),
    [
        ("native-binary", "a native program for Linux (ELF)", NATIVE),
        ("native-binary", "a native image that GraalVM made", NATIVE + b".text\0.svm_heap\0"),
        ("native-binary", "a native program for macOS", b"\xcf\xfa\xed\xfe" + bytes(100)),
        ("windows-program", "a program for Windows", b"MZ\x90\0" + bytes(100)),
        ("class-file", "a single class file", forge.class_file()),
        ("system-package", "an RPM package", b"\xed\xab\xee\xdb\x03\0" + bytes(100)),
        ("system-package", "a Debian package", b"!<arch>\ndebian-binary   "),
        ("other-archive", "a RAR archive", b"Rar!\x1a\x07\x01\0"),
        ("other-archive", "a 7z archive", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("other-archive", "compressed by zstd", b"(\xb5/\xfd\x04\0"),
        ("other-file", "a PDF document", b"%PDF-1.7\n%\xe2\xe3"),
        ("pointer-file", "a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        ("web-page", "a web page", b"\r\n<!DOCTYPE html>\n<html><title>404</title>"),
        ("web-page", "a web page", b"\xef\xbb\xbf<HTML><body>Please sign in"),
        ("text-file", "it begins with '#!/bin/sh'", b"#!/bin/sh\nexec java -jar app.jar\n"),
        ("text-file", "it begins with '{\"errors\" : [ {'", b'{"errors" : [ {\n  "status" : 404 } ]}'),
        ("text-file", "it begins with '构建失败'", "构建失败\n".encode()),
        ("empty-file", "is empty", b""),
    ],
)
def test_what_it_is_and_what_to_do(tmp_path: Path, code: str, words: str, data: bytes) -> None:
    found = refusal(tmp_path, data)
    assert found.code == code
    assert words in found.message
    assert found.message.startswith("order.jar ")
    assert found.hint


def test_what_nobody_knows_is_shown_by_its_first_bytes(tmp_path: Path) -> None:
    found = refusal(tmp_path, b"\x00\x01\x02\x03" * 200)
    assert (found.code, "the bytes 00 01 02 03" in found.message) == ("not-an-archive", True)


def test_a_letter_that_is_cut_off_leaves_a_text_a_text(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"x" + "错误".encode() * 400).code == "text-file"


def test_a_jar_behind_a_script_that_was_cut_off_is_incomplete_and_no_text(tmp_path: Path) -> None:
    assert refusal(tmp_path, forge.truncated(forge.SCRIPT + forge.boot_jar())).code == "archive-truncated"
