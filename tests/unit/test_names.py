"""Names of entries and of uploads."""

import pytest

from buildpacks.archives import names
from buildpacks.archives.limits import DEFAULT
from buildpacks.errors import Refused


@pytest.mark.parametrize(
    "name", ["a", "a/b.txt", "a..b", "...", "a/..b", "中文/ü.txt", "a b", "a:b", "x\u202ey", "a\\b"]
)
def test_odd_but_harmless_names_are_taken(name: str) -> None:
    assert names.safe("x.jar", name, DEFAULT) == name


@pytest.mark.parametrize(
    "name", ["", "/a", "\\a", "..", "../a", "a/..", "a/../b", "a\\..\\b", "C:", "C:/a", "c:\\a", "//a"]
)
def test_names_that_leave_the_archive_are_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        names.safe("x.jar", name, DEFAULT)
    assert caught.value.code == "entry-outside"


@pytest.mark.parametrize("sign", ["\0", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9b"])
def test_control_characters_are_refused_and_shown_harmlessly(sign: str) -> None:
    with pytest.raises(Refused) as caught:
        names.safe("x.jar", f"a{sign}b", DEFAULT)
    assert caught.value.code == "entry-name"
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("filename", ["order-1.0.jar", "订单服务 (2).war", "a" * names.LONGEST_FILE_NAME])
def test_file_names_of_people_are_taken(filename: str) -> None:
    names.check_file(filename)


@pytest.mark.parametrize(
    "filename", ["a\x1b[2J.jar", "a\nb.jar", "a" * (names.LONGEST_FILE_NAME + 1), "中" * 86, "\ud800"]
)
def test_file_names_that_cannot_be_kept_or_shown_are_refused(filename: str) -> None:
    with pytest.raises(Refused) as caught:
        names.check_file(filename)
    assert caught.value.code == "bad-filename"
    assert caught.value.message.isprintable()
