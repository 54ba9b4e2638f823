"""Manifests."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildpacks.facts import jar_manifest
from tests import forge


def test_folded_lines_are_joined_even_inside_a_letter_and_later_sections_are_left_out() -> None:
    data = b"Manifest-Version: 1.0\r\nTitle: Bestell\xc3\r\n \xbcbersicht\r\n\r\nName: a/B.class\r\nSealed: true\r\n"
    assert jar_manifest.parse(data) == {"Manifest-Version": "1.0", "Title": "Bestellübersicht"}


def test_all_line_ends_and_a_byte_order_mark_are_understood() -> None:
    assert jar_manifest.parse(b"\xef\xbb\xbfA: 1\nB: 2\rC: x: y\r\nnonsense\n") == {"A": "1", "B": "2", "C": "x: y"}


def test_an_empty_manifest_has_no_attributes() -> None:
    assert jar_manifest.parse(b"") == {}


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=300))
def test_a_long_value_survives_folding(value: str) -> None:
    assert jar_manifest.parse(forge.manifest({"Class-Path": value}))["Class-Path"] == value


@given(data=st.binary(max_size=500))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert all(jar_manifest.parse(data))


@pytest.mark.parametrize(
    "text",
    [
        b"", b"A: \n",
        b"A: b\n\n\n\nName: x\nB: c\n", b"A: b\r\rName: x\r", b"A: b\n\nNAME: x\n y\nB: c\n",
        b"A: b\n c\n\n",
        b"A: b\nno more", b"A: b\n\n\0", b"A: " + b"x" * 508 + b"\n",
        b"A: " + b"x" * 507 + b"\r\n", b"A" * 70 + b": b\n",
        b"Manifest-Version: 1.0\nCreated-By: nobody",
    ],
)  # fmt: skip
def test_what_java_reads_has_no_fault(text: bytes) -> None:
    assert jar_manifest.fault(text) is None


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("line 1 is no attribute", b"A:b\n"),
        ("line 1 is no attribute", b"\xef\xbb\xbfManifest-Version: 1.0\n"),
        ("line 2 is no attribute", b"A: b\nwhat\n"),
        ("line 1 is no attribute", b"A" * 71 + b": b\n"),
        ("line 1 continues nothing", b" x\n"),
        ("line 3 begins a section without a name", b"A: b\n\nB: c\n"),
        ("line 5 continues nothing", b"A: b\n\nName: x\n\n z\n"),
        ("line 1 is longer than 512 bytes", b"A: " + b"x" * 509 + b"\n"),
        ("line 1 is longer than 512 bytes", b"A: " + b"x" * 508 + b"\r\n"),
        ("line 1 is longer than 512 bytes", b"A: " + b"x" * 509),
        ("its last line (Main-Class: …) has no line end", b"Manifest-Version: 1.0\nMain-Class: a.B"),
    ],
)
def test_what_java_refuses_or_silently_loses_is_named(fault: str, text: bytes) -> None:
    assert jar_manifest.fault(text) == fault


def test_a_value_cannot_move_the_readers_cursor() -> None:
    assert jar_manifest.parse(b"Implementation-Title: a\x1b[2Jb\x9b\n")["Implementation-Title"].isprintable()


def test_names_are_compared_as_java_compares_them() -> None:
    text = b"main-class: demo.A\r\nSTART-CLASS: demo.B\r\nclass-path: a.jar\r\nMain-class: demo.C\r\nX-own: x\r\n\r\n"
    told = jar_manifest.parse(text)
    assert told == {"Main-Class": "demo.C", "Start-Class": "demo.B", "Class-Path": "a.jar", "X-own": "x"}
    assert jar_manifest.fault(b"Manifest-Version: 1.0\nMAIN-CLASS: demo.A") is not None


def test_every_name_that_is_asked_for_is_known_in_any_case() -> None:
    asked = set()
    for path in (Path(__file__).parents[2] / "buildpacks").rglob("*.py"):
        asked |= set(re.findall(r'(?:manifest|told)(?:\.get\(|\[)"([A-Z][A-Za-z-]+)"', path.read_text()))
    assert "Main-Class" in asked
    for name in asked:
        assert jar_manifest.parse(f"{name.upper()}: x\n".encode()) == {name: "x"}
