"""What libraries are known to want of Java."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.java import frameworks, removed
from buildpacks.kinds.detect import detect
from tests import forge

LANG = "--add-opens=java.base/java.lang=ALL-UNNAMED"
NIO = "--add-opens=java.base/java.nio=ALL-UNNAMED"


def options(tmp_path: Path, data: bytes) -> tuple[str, ...]:
    return detect(analyse(forge.write(tmp_path / "x.jar", data), "x.jar")).launch.options


def boot(name: str, maven: tuple[str, str, str] | None = None, *, java: int = 17) -> bytes:
    return forge.boot_jar(java=java, libraries={name: forge.library("a.B", maven=maven)})


def test_a_library_gets_the_packages_that_its_documentation_asks_for(tmp_path: Path) -> None:
    found = options(tmp_path, boot("hazelcast-4.2.8.jar", ("com.hazelcast", "hazelcast", "4.2.8")))
    assert {LANG, NIO, "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"} <= set(found)


def test_a_library_without_coordinates_is_known_by_its_file_name(tmp_path: Path) -> None:
    assert LANG in options(tmp_path, boot("cglib-nodep-3.3.0.jar"))


def test_another_one_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    assert LANG not in options(tmp_path, boot("cglib-3.3.0.jar", ("com.example", "cglib", "3.3.0")))


@pytest.mark.parametrize(("version", "wanted"), [("4.2.3", True), ("5.0.1", True), ("5.1.0", False), ("7.0.0", False)])
def test_a_release_that_does_without_gets_nothing(tmp_path: Path, version: str, wanted: bool) -> None:
    found = options(tmp_path, boot(f"guice-{version}.jar", ("com.google.inject", "guice", version)))
    assert (LANG in found) is wanted


def test_a_library_that_was_merged_into_the_jar_counts_too(tmp_path: Path) -> None:
    assert LANG in options(tmp_path, forge.jar(extra=forge.pom_properties("cglib", "cglib", "3.3.0")))


def test_the_manifest_s_own_packages_stay_and_none_is_named_twice(tmp_path: Path) -> None:
    data = forge.boot_jar(
        attributes={"Add-Opens": "java.base/java.lang a/b"}, libraries={"cglib-3.3.0.jar": forge.library("a.B")}
    )
    found = options(tmp_path, data)
    assert found.count(LANG) == 1
    assert "--add-opens=a/b=ALL-UNNAMED" in found


def test_java_8_is_told_not_to_complain(tmp_path: Path) -> None:
    assert "-XX:+IgnoreUnrecognizedVMOptions" in options(tmp_path, boot("cglib-3.3.0.jar", java=8))


def test_a_war_s_libraries_count(tmp_path: Path) -> None:
    data = forge.war("javax", libraries={"arrow-memory-core-14.0.0.jar": forge.library("a.B")})
    assert NIO in options(tmp_path, data)


def test_the_table_names_only_packages_with_their_module_and_needs_that_are_known() -> None:
    known = {one.name for one in removed.table()}
    for one in frameworks.table():
        assert all(name.count(":") == 1 for name in one.names)
        assert all(package.count("/") == 1 for package in (*one.opens, *one.exports))
        assert set(one.needs) <= known
        assert one.opens or one.exports or one.needs
