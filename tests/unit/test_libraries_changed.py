"""Which libraries changed, from which version to which; and the same version with other bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.inside.libraries_changed import Inside, LibraryChange, libraries
from buildpacks.inside.outline import outlined
from tests import forge


@pytest.fixture
def differ(tmp_path: Path) -> Callable[..., tuple[LibraryChange, ...]]:
    def compared(old: dict[str, bytes], new: dict[str, bytes]) -> tuple[LibraryChange, ...]:
        one = forge.write(tmp_path / "old.jar", forge.boot_jar(libraries=old))
        two = forge.write(tmp_path / "new.jar", forge.boot_jar(libraries=new))
        with outlined(one, "old.jar") as before, outlined(two, "new.jar") as after:
            return libraries(before, after)

    return compared


def told(changes: tuple[LibraryChange, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(change.name, change.old, change.new) for change in changes]


def test_libraries_are_matched_by_name_without_version(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    old = {"a-1.0.jar": forge.library("a.A"), "gone-1.jar": forge.library("g.G"), "same-1.jar": forge.library("s.S")}
    new = {
        "a-1.1-RC2.jar": forge.library("a.B"),
        "more-2.jar": forge.library("m.M"),
        "same-1.jar": forge.library("s.S"),
    }
    assert told(differ(old, new)) == [("a", "1.0", "1.1-RC2"), ("gone", "1", None), ("more", None, "2")]


def test_a_build_number_belongs_to_the_version(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    old, new = {"zstd-jni-1.5.6-4.jar": forge.library("a.A")}, {"zstd-jni-1.5.6-10.jar": forge.library("a.B")}
    assert told(differ(old, new)) == [("zstd-jni", "1.5.6-4", "1.5.6-10")]


def test_a_number_in_the_name_stays_in_the_name(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    old, new = {"log4j-1.2-api-2.17.1.jar": forge.library("a.A")}, {"log4j-1.2-api-2.20.0.jar": forge.library("a.B")}
    assert told(differ(old, new)) == [("log4j-1.2-api", "2.17.1", "2.20.0")]


def test_classifiers_are_kept_apart(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    def natives(version: str) -> dict[str, bytes]:
        tails = ("linux-x86_64", "linux-aarch_64", "osx-x86_64")
        return {f"netty-{version}.Final-{tail}.jar": forge.library(f"n.{tail}", java=len(version)) for tail in tails}

    found = differ(natives("4.1.9"), natives("4.2.12"))
    assert [(one.old[12:], one.new[13:]) for one in found if one.old and one.new] == [  # behind the versions
        ("linux-aarch_64", "linux-aarch_64"),
        ("linux-x86_64", "linux-x86_64"),
        ("osx-x86_64", "osx-x86_64"),
    ]


def test_the_same_version_with_other_bytes_is_looked_into(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    old = {"common-1.0.jar": forge.library("c.A", "c.B", extra={"x.txt": b"1"})}
    new = {"common-1.0.jar": forge.library("c.A", "c.C", extra={"x.txt": b"2"})}
    (change,) = differ(old, new)
    assert change.same_version
    assert change.inside == Inside(added=1, removed=1, changed=0, others=1)


def test_the_same_version_packed_anew_with_the_same_files_is_no_alarm(
    differ: Callable[..., tuple[LibraryChange, ...]],
) -> None:
    files = {"META-INF/MANIFEST.MF": forge.manifest({}), "a/A.class": forge.class_file()}
    (change,) = differ(
        {"a-1.jar": forge.archive(files)}, {"a-1.jar": forge.archive(files, mtime=(2025, 2, 2, 2, 2, 2))}
    )
    assert change.same_version
    assert change.inside is not None
    assert not change.inside


def test_a_version_that_no_file_name_tells_is_read_inside(differ: Callable[..., tuple[LibraryChange, ...]]) -> None:
    old = {"core.jar": forge.library("c.A", maven=("demo", "core", "1.4"))}
    new = {"core.jar": forge.library("c.A", attributes={"Implementation-Version": "1.5"})}
    (change,) = differ(old, new)
    assert (change.name, change.old, change.new) == ("core", "1.4", "1.5")
    assert change.inside is None


def test_a_library_under_another_file_name_is_matched_by_its_maven_name(
    differ: Callable[..., tuple[LibraryChange, ...]],
) -> None:
    old = {"demo-core-1.0.jar": forge.library("c.A", maven=("demo", "core", "1.0"))}
    new = {"demo.core-2.0.jar": forge.library("c.A", maven=("demo", "core", "2.0"))}
    assert told(differ(old, new)) == [("demo.core", "1.0", "2.0")]


def test_what_a_shaded_jar_swallowed_is_told_by_its_pom_properties(tmp_path: Path) -> None:
    def shaded(version: str, *others: str) -> bytes:
        poms = forge.pom_properties("demo", "app", version)
        for name in others:
            poms |= forge.pom_properties("org.lib", *name.split(":"))
        return forge.jar(extra=poms)

    one = forge.write(tmp_path / "old.jar", shaded("1", "a:1.0", "b:1.0", "c:1.0"))
    two = forge.write(tmp_path / "new.jar", shaded("2", "a:1.1", "b:1.0", "d:1.0"))
    with outlined(one, "old.jar") as before, outlined(two, "new.jar") as after:
        assert told(libraries(before, after)) == [
            ("demo:app", "1", "2"),
            ("org.lib:a", "1.0", "1.1"),
            ("org.lib:c", "1.0", None),
            ("org.lib:d", None, "1.0"),
        ]


def test_the_only_pom_properties_is_the_artifacts_own(tmp_path: Path) -> None:
    one = forge.write(tmp_path / "old.jar", forge.jar(extra=forge.pom_properties("demo", "app", "1")))
    two = forge.write(tmp_path / "new.jar", forge.jar(extra=forge.pom_properties("demo", "app", "2")))
    with outlined(one, "old.jar") as before, outlined(two, "new.jar") as after:
        assert libraries(before, after) == ()
