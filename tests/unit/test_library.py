"""Nested jars."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildpacks.analysis import ClassStats, Library, NativeLibrary
from buildpacks.archives.zips import open_archive
from buildpacks.errors import Refused
from buildpacks.facts import library
from tests import forge

NESTED = forge.library("a.A", "a.B", java=17, maven=("g", "a", "1"), extra={"x.so": forge.elf(62)})


def read(tmp_path: Path, nested: bytes, *, stored: bool = True) -> Library:
    path = forge.write(tmp_path / "x.jar", forge.archive({"lib/a.jar": nested}, stored=stored))
    with open_archive(path) as archive:
        return library.read(archive, archive.by_name["lib/a.jar"], "ab")


@pytest.mark.parametrize("nested", [NESTED, forge.zip64(NESTED), forge.SCRIPT + NESTED, forge.with_script(NESTED)])
@pytest.mark.parametrize("stored", [True, False])
def test_every_form_of_a_nested_jar_gives_the_same_facts(tmp_path: Path, nested: bytes, stored: bool) -> None:
    assert read(tmp_path, nested, stored=stored) == Library(
        "lib/a.jar", "ab", len(nested), ClassStats(2, 61), ("g", "a", "1"), natives=(NativeLibrary("x.so", "amd64"),)
    )


def test_stored_and_compressed_classes_count_alike(tmp_path: Path) -> None:
    classes = {"a/A.class": forge.class_file(8), "a/B.class": forge.class_file(21), "a/C.class": b"not one"}
    for stored in (True, False):
        assert read(tmp_path, forge.archive(classes, stored=stored)).classes == ClassStats(2, 65)


def test_a_class_is_found_by_name_with_its_version(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "x.jar", forge.archive({"lib/a.jar": NESTED}, stored=True))
    with open_archive(path) as archive:
        member = archive.by_name["lib/a.jar"]
        assert library.find_class(archive, member, "a/B.class") == 61
        assert library.find_class(archive, member, "a/Absent.class") is None


def test_an_incomplete_maven_description_is_none() -> None:
    assert library.maven_of(b"groupId=g\nartifactId=a\n") is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, len(NESTED) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_library_is_read_or_refused_by_its_name(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(NESTED)
    for at, value in changes:
        data[at] = value
    try:
        assert read(tmp_path, bytes(data)).size == len(NESTED)
    except Refused as refused:
        if refused.code != "library-damaged" or "lib/a.jar" not in refused.message:
            raise
