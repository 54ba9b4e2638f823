"""Layers of Spring Boot applications."""

from pathlib import Path

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.facts import boot_layers
from tests import forge

LIBRARIES = {
    "a-1.0.jar": forge.library("a.A"),
    "b-1.0-SNAPSHOT.jar": forge.library("b.B"),
    "c-2.0-20240101.101010-3.jar": forge.library("c.C"),
    "own-1.0.jar": forge.library("o.O", maven=("demo", "own", "1.0")),
}


def analysis(tmp_path: Path, **how: object) -> Analysis:
    data = forge.boot_jar(web=False, boot="3.2.5", libraries=LIBRARIES, **how)  # type: ignore[arg-type]
    return analyse(forge.write(tmp_path / "x.jar", data), "x.jar")


def names(found: tuple[tuple[str, tuple[object, ...]], ...]) -> dict[str, list[str]]:
    return {role: [item.entry.rpartition("/")[2] for item in items] for role, items in found}  # type: ignore[attr-defined]


def test_without_an_index_snapshots_and_the_applications_own_group_are_set_apart(tmp_path: Path) -> None:
    assert names(boot_layers.roles(analysis(tmp_path))) == {
        "dependencies": ["spring-boot-3.2.5.jar", "a-1.0.jar"],
        "snapshot-dependencies": ["b-1.0-SNAPSHOT.jar", "c-2.0-20240101.101010-3.jar"],
        "application": ["own-1.0.jar"],
    }


def test_with_an_index_it_decides_and_custom_names_are_kept_in_its_order(tmp_path: Path) -> None:
    index = {
        "dependencies": ["BOOT-INF/lib/"],
        "spring-boot-loader": ["org/"],
        "company": ["BOOT-INF/lib/own-1.0.jar"],
        "application": ["BOOT-INF/classes/", "BOOT-INF/lib/b-1.0-SNAPSHOT.jar"],
    }
    assert names(boot_layers.roles(analysis(tmp_path, layers=index))) == {
        "dependencies": ["spring-boot-3.2.5.jar", "a-1.0.jar", "c-2.0-20240101.101010-3.jar"],
        "company": ["own-1.0.jar"],
        "application": ["b-1.0-SNAPSHOT.jar"],
    }


def test_what_the_index_does_not_name_belongs_to_the_application(tmp_path: Path) -> None:
    index = {"dependencies": ["BOOT-INF/lib/a-1.0.jar"], "application": []}
    found = names(boot_layers.roles(analysis(tmp_path, layers=index)))
    assert found["dependencies"] == ["a-1.0.jar"]
    assert "spring-boot-3.2.5.jar" in found["application"]


def test_too_many_layers_are_joined_and_no_library_is_lost(tmp_path: Path) -> None:
    index = {f"l{number}": [f"BOOT-INF/lib/{name}"] for number, name in enumerate(LIBRARIES)}
    index |= {f"more{number}": [] for number in range(40)}
    found = boot_layers.roles(analysis(tmp_path, layers=index))
    assert len(found) <= 17
    assert found[-1][0] == "application"
    assert sum(len(items) for _, items in found) == len(LIBRARIES) + 1


def test_the_class_path_follows_its_index_and_then_the_archive(tmp_path: Path) -> None:
    index = b'- "BOOT-INF/lib/own-1.0.jar"\n- "a-1.0.jar"\n- "absent.jar"\n'
    found = boot_layers.class_path(analysis(tmp_path, classpath_index=False, extra={"BOOT-INF/classpath.idx": index}))
    assert [item.entry.rpartition("/")[2] for item in found] == [
        "own-1.0.jar", "a-1.0.jar", "spring-boot-3.2.5.jar", "b-1.0-SNAPSHOT.jar", "c-2.0-20240101.101010-3.jar",
    ]  # fmt: skip
