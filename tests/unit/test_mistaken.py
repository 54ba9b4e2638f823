"""Files that are pushed by mistake are refused by what they are, not as damaged jars."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.archive import check
from buildpacks.errors import Refused
from tests import forge

ELF_ARM64 = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(200)


def refused(tmp_path: Path, data: bytes, name: str = "app.jar") -> Refused:
    with pytest.raises(Refused) as caught:
        check(forge.write(tmp_path / name, data))
    return caught.value


def test_a_native_image_is_refused_with_its_machine_and_the_remedy(tmp_path: Path) -> None:
    told = refused(tmp_path, ELF_ARM64)
    assert told.code == "native-executable"
    assert "native executable for arm64 (ELF)" in told.message
    assert "jar that it was made from" in told.hint


def test_a_native_image_that_carries_a_zip_header_somewhere_is_not_called_damaged(tmp_path: Path) -> None:
    assert refused(tmp_path, ELF_ARM64 + forge.archive({"a": b"1"})[:-1]).code == "native-executable"


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"MZ" + bytes(300), "native-executable", "Windows"),
        (b"\xcf\xfa\xed\xfe" + bytes(300), "native-executable", "macOS"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + bytes(300), "class-file", "single class file"),
        (b"Rar!\x1a\x07" + bytes(300), "not-an-archive", "RAR"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(300), "not-an-archive", "7-Zip"),
        (b"\n<!DOCTYPE html><html>404</html>", "not-an-archive", "a text"),
        (b"\x00\x01\x02\x03" + bytes(300), "not-an-archive", "zip header"),
    ],
)
def test_what_it_is_instead_is_said(tmp_path: Path, data: bytes, code: str, word: str) -> None:
    told = refused(tmp_path, data)
    assert (told.code, word in told.message) == (code, True), told.message


def test_a_windows_starter_in_front_of_a_whole_jar_is_taken(tmp_path: Path) -> None:
    check(forge.write(tmp_path / "app.exe", b"MZ" + bytes(300) + forge.archive({"a": b"1"})))
