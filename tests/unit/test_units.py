"""Durations and sizes."""

import pytest

from buildpacks.errors import Refused
from buildsvc.model import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("0", 0), ("100us", 1e-4), ("2h1m", 7260)],
)
def test_a_duration_is_in_seconds(text: str, seconds: float) -> None:
    assert units.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "30x", "1m 30s", "-5s", "1,5s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        units.duration(text)
    assert caught.value.code == "bad-duration"


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1024", 1024), ("64m", 64 << 20), ("1.5gb", 3 << 29), ("2G", 2 << 30), ("1KiB", 1024), ("5b", 5)],
)
def test_a_size_is_in_bytes(text: str, size: int) -> None:
    assert units.size(text) == size


@pytest.mark.parametrize("text", ["", "m", "1x", "-1", "1 g b", "0x10"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        units.size(text)
    assert caught.value.code == "bad-size"


@pytest.mark.parametrize(("size", "text"), [(10, "10 bytes"), (2048, "2 KB"), (64 << 20, "64 MB"), (3 << 29, "1.5 GB")])
def test_a_size_is_spelled_for_people(size: int, text: str) -> None:
    assert units.spell_size(size) == text
