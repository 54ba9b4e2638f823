"""Which jars of a class path stay, what an archive over them is valid for, and when it may be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.java import cds
from buildpacks.java.cds import Arrangement
from buildpacks.kinds.detect import detect
from buildpacks.plan import BuildPlan, Ready
from buildpacks.split import apart
from tests import forge

BOOT = "/app/lib/spring-boot-3.2.5.jar"
READY = Ready("sha256:" + "a" * 64, 1000)
LIBRARIES = {
    "a-1.0.jar": forge.library("lib.a.A"),
    "shop-common-1.0-SNAPSHOT.jar": forge.library("shop.common.C"),
    "b-1.0.jar": forge.library("lib.b.B"),
}


def read(tmp_path: Path, libraries: dict[str, bytes] | None = None, **jar: Any) -> tuple[Analysis, BuildPlan]:
    data = forge.boot_jar(libraries=libraries or LIBRARIES, web=False, **jar)
    analysis = analyse(forge.write(tmp_path / "app.jar", data), "app.jar")
    return analysis, detect(analysis)


def arranged(analysis: Analysis, plan: BuildPlan) -> Arrangement:
    found = cds.arrange(plan, analysis)
    assert found is not None
    return found


def test_libraries_stay_and_the_application_and_snapshots_move_behind_them(tmp_path: Path) -> None:
    analysis, plan = read(tmp_path)
    found = arranged(analysis, plan)
    assert found.steady_path == f"{BOOT}:/app/lib/a-1.0.jar:/app/lib/b-1.0.jar"
    assert [file.path for file in found.moving] == ["app/app.jar", "app/lib/shop-common-1.0-SNAPSHOT.jar"]
    made = cds.archived(plan, found, READY)
    assert made.launch.target[1] == (
        f"{BOOT}:/app/lib/a-1.0.jar:/app/lib/b-1.0.jar:/app/app.jar:/app/lib/shop-common-1.0-SNAPSHOT.jar"
    )
    assert made.launch.target[2:] == plan.launch.target[2:]
    assert made.launch.options[-1] == f"-XX:SharedArchiveFile=/{cds.PATH}"
    assert [layer.role for layer in made.layers] == ["dependencies", "cds", "snapshot-dependencies", "application"]
    assert made.layers[1].ready == READY


def test_libraries_that_are_seen_to_change_move(tmp_path: Path) -> None:
    analysis, plan = read(tmp_path)
    found = arranged(analysis, apart(plan, {"a"}))
    assert found.steady_path == f"{BOOT}:/app/lib/b-1.0.jar"


def test_a_key_names_the_base_and_the_jars_that_stay_and_nothing_else(tmp_path: Path) -> None:
    def key(folder: str, base: str = "sha256:b", **jar: Any) -> str:
        analysis, plan = read(tmp_path / folder, **jar)
        return cds.key(arranged(analysis, plan), analysis, base)

    same = {**LIBRARIES, "shop-common-1.0-SNAPSHOT.jar": forge.library("shop.common.Other")}
    other = {**LIBRARIES, "b-1.0.jar": forge.library("lib.b.Other")}
    first = key("one")
    assert key("two", libraries=same) == first, "a snapshot is not part of it"
    assert key("three", libraries=other) != first
    assert key("four", base="sha256:c") != first


def test_without_a_class_path_or_a_library_there_is_nothing_to_archive(tmp_path: Path) -> None:
    analysis, plan = read(tmp_path / "none")
    every_one = {"spring-boot", "a", "b"}
    assert cds.arrange(apart(plan, every_one), analysis) is None
    analysis = analyse(forge.write(tmp_path / "plain.jar", forge.jar()), "plain.jar")
    assert cds.arrange(detect(analysis), analysis) is None
    analysis, plan = read(tmp_path / "wild")
    target = ("-cp", "/app/app.jar:/app/lib/*", "demo.App")
    assert cds.arrange(replace(plan, launch=replace(plan.launch, target=target)), analysis) is None


def test_a_name_in_both_parts_is_found_unless_its_order_does_not_matter(tmp_path: Path) -> None:
    mine = {"BOOT-INF/classes/logback.xml": b"<mine/>", "BOOT-INF/classes/META-INF/LICENSE": b"mine"}
    theirs = {"logback.xml": b"<theirs/>", "META-INF/LICENSE": b"theirs", "META-INF/MANIFEST.MF": b"x"}
    plain = {**LIBRARIES, "c-1.0.jar": forge.library("lib.c.C", extra={"META-INF/LICENSE": b"theirs"})}
    collides = {**LIBRARIES, "c-1.0.jar": forge.library("lib.c.C", extra=theirs)}
    for libraries, disjoint in ((plain, True), (collides, False)):
        analysis, plan = read(tmp_path, libraries, extra=mine)
        found = arranged(analysis, plan)
        kept = cds.unpacked(cds.packed(cds.names(analysis, found.steady)))
        assert kept == cds.names(analysis, found.steady)
        assert kept.isdisjoint(cds.names(analysis, found.moving)) is disjoint


def test_the_last_line_of_a_list_may_be_half_written() -> None:
    assert cds.class_list(b"java/lang/Object id: 0\njava/la") == b"java/lang/Object id: 0\n"
    assert cds.class_list(b"java/la") == b""
    assert cds.class_list(b"") == b""


def test_a_library_that_shares_a_name_with_what_moves_is_left_out_and_so_is_what_shares_one_with_it(
    tmp_path: Path,
) -> None:
    libraries = {
        **LIBRARIES,
        "shop-common-1.0-SNAPSHOT.jar": forge.library("shop.common.C", "annotations.Nullable"),
        "annotations-1.0.jar": forge.library("annotations.Nullable", "annotations.Other"),
        "more-annotations-1.0.jar": forge.library("annotations.Other"),
    }
    analysis, plan = read(tmp_path, libraries)
    found = arranged(analysis, plan)
    left = cds.doubles(found, analysis)
    assert left == ("app/lib/annotations-1.0.jar", "app/lib/more-annotations-1.0.jar")
    rest = found.without(left)
    assert rest.steady_path == f"{BOOT}:/app/lib/a-1.0.jar:/app/lib/b-1.0.jar"
    planned = [file.path for file in found.ordered]
    assert [file.path for file in rest.moving] == [path for path in planned if path in {*left, *moving(found)}]
    assert cds.names(analysis, rest.steady).isdisjoint(cds.names(analysis, rest.moving))
    assert cds.doubles(rest, analysis) == ()


def moving(found: Arrangement) -> list[str]:
    return [file.path for file in found.moving]
