"""Manifests."""

from hypothesis import given
from hypothesis import strategies as st

from buildpacks import manifest
from tests import forge


def test_folded_lines_are_joined_even_inside_a_letter_and_later_sections_are_left_out() -> None:
    data = b"Manifest-Version: 1.0\r\nTitle: Bestell\xc3\r\n \xbcbersicht\r\n\r\nName: a/B.class\r\nSealed: true\r\n"
    assert manifest.parse(data) == {"Manifest-Version": "1.0", "Title": "Bestellübersicht"}


def test_all_line_ends_and_a_byte_order_mark_are_understood() -> None:
    assert manifest.parse(b"\xef\xbb\xbfA: 1\nB: 2\rC: x: y\r\nnonsense\n") == {"A": "1", "B": "2", "C": "x: y"}


def test_an_empty_manifest_has_no_attributes() -> None:
    assert manifest.parse(b"") == {}


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=300))
def test_a_long_value_survives_folding(value: str) -> None:
    assert manifest.parse(forge.manifest({"Class-Path": value}))["Class-Path"] == value


@given(data=st.binary(max_size=500))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert all(manifest.parse(data))
