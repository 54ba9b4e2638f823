"""Jars with a Main-Class that look like something else are built, with a warning."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.kinds.detect import detect
from tests import forge

DRIVER = {"META-INF/services/java.sql.Driver": b"com.acme.db.Driver"}
MAIN = "com.acme.db.Console"


def warnings(tmp_path: Path, data: bytes) -> tuple[str, ...]:
    plan = detect(analyse(forge.write(tmp_path / "x.jar", data), "x.jar"))
    assert plan.buildpack in {"executable-jar", "spring-boot"}
    return plan.warnings


@pytest.mark.parametrize(
    ("attributes", "extra", "why"),
    [
        ({}, DRIVER, "it offers the service java.sql.Driver"),
        ({"Export-Package": "com.acme.db"}, {}, "it exports packages (Export-Package)"),
        ({"Automatic-Module-Name": "com.acme.db"}, {}, "it is named as a module (Automatic-Module-Name)"),
    ],
)
def test_a_library_that_happens_to_have_a_main_class(
    tmp_path: Path, attributes: dict[str, str], extra: dict[str, bytes], why: str
) -> None:
    (said,) = warnings(tmp_path, forge.jar({"com.acme.sql.Driver": 8}, main=MAIN, attributes=attributes, extra=extra))
    assert why in said
    assert MAIN in said
    assert "push the application that uses it" in said


def test_an_application_that_such_a_library_was_merged_into_is_none(tmp_path: Path) -> None:
    others = {f"org.other.C{number}": 8 for number in range(10)}
    assert warnings(tmp_path, forge.jar({**others, "org.db.Driver": 8}, main=MAIN, extra=DRIVER)) == ()


def test_an_application_of_its_own_classes_alone_is_none(tmp_path: Path) -> None:
    assert warnings(tmp_path, forge.jar(main=MAIN)) == ()
    own = {"META-INF/services/com.acme.Plugin": b"com.acme.One"}
    assert warnings(tmp_path, forge.jar(main=MAIN, extra=own)) == ()


def test_an_agent_with_a_main_class(tmp_path: Path) -> None:
    (said,) = warnings(tmp_path, forge.jar(main=MAIN, attributes={"Premain-Class": "com.acme.db.Agent"}))
    assert "It is a Java agent (Premain-Class: com.acme.db.Agent)" in said
    assert "-javaagent" in said


def test_a_library_that_is_an_agent_too_is_a_library(tmp_path: Path) -> None:
    both = {"Premain-Class": "com.acme.db.Profiler", "Export-Package": "com.acme.db"}
    (said,) = warnings(tmp_path, forge.jar(main=MAIN, attributes=both))
    assert said.startswith("It looks like a library")


def test_a_library_whose_main_class_is_its_agent_is_an_agent(tmp_path: Path) -> None:
    one = {"Premain-Class": MAIN, "Automatic-Module-Name": "com.acme.db"}
    (said,) = warnings(tmp_path, forge.jar(main=MAIN, attributes=one))
    assert said.startswith(f"It is a Java agent (Premain-Class: {MAIN})")


def test_a_spring_boot_application_with_an_agent_of_its_own_is_an_application(tmp_path: Path) -> None:
    (said,) = warnings(tmp_path, forge.boot_jar(attributes={"Launcher-Agent-Class": "a.B", "Agent-Class": "a.B"}))
    assert "started whole" in said


def test_a_program_without_its_libraries_is_built_with_a_warning(tmp_path: Path) -> None:
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "org.example.Main"}),
        "org/example/Main.class": forge.main_class(17, names=("org/example/Main$", "java/lang/Object")),
        "org/example/Main$.class": forge.main_class(8, names=("scala/Predef$", "org/example/Other")),
        "org/example/Other.class": forge.main_class(8, names=("akka/NotLookedAt",)),
    }
    path = forge.write(tmp_path / "shop_2.13-1.0.jar", forge.archive(entries))
    (warning,) = detect(analyse(path, path.name)).warnings
    assert "uses classes that are not in the jar (scala.Predef$)" in warning
    entries["scala/Predef$.class"] = forge.main_class(8)
    path = forge.write(tmp_path / "shop_2.13-1.0-assembly.jar", forge.archive(entries))
    assert detect(analyse(path, path.name)).warnings == ()
