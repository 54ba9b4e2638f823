"""Agents are refused, and a library with a Main-Class is built with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.detect import detect
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan
from buildpacks.reading import analyse
from tests import forge


def jar(tmp_path: Path, attributes: dict[str, str]) -> Path:
    entries = {"META-INF/MANIFEST.MF": forge.manifest(attributes), "org/example/Main.class": forge.main_class(17)}
    return forge.write(tmp_path / "thing.jar", forge.archive(entries))


def planned(tmp_path: Path, **attributes: str) -> BuildPlan:
    told = {name.replace("_", "-"): value for name, value in attributes.items()}
    path = jar(tmp_path, told)
    return detect(analyse(path, path.name))


@pytest.mark.parametrize("attribute", ["Premain_Class", "Agent_Class"])
def test_an_agent_is_refused_with_the_way_to_use_it(tmp_path: Path, attribute: str) -> None:
    with pytest.raises(Refused) as caught:
        planned(tmp_path, **{attribute: "org.example.Main"})
    assert caught.value.code == "agent-jar"
    assert "-javaagent" in caught.value.hint


def test_an_agent_that_can_be_started_is_built_with_a_warning(tmp_path: Path) -> None:
    plan = planned(tmp_path, Main_Class="org.example.Main", Premain_Class="org.example.Main")
    assert ["Java agent too" in warning for warning in plan.warnings] == [True]


def test_a_library_that_happens_to_have_a_main_class_is_built_with_a_warning(tmp_path: Path) -> None:
    plan = planned(tmp_path, Main_Class="org.example.Main", Export_Package="org.example;version=1")
    assert plan.buildpack == "executable-jar"
    assert ["looks like a library" in warning for warning in plan.warnings] == [True]


def test_a_program_is_built_without_doubt(tmp_path: Path) -> None:
    assert planned(tmp_path, Main_Class="org.example.Main", Automatic_Module_Name="org.example").warnings == ()


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
