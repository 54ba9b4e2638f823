"""The examples of docs/buildpacks.md do what the page says, and the page names every key and every kind."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.kinds.detect import BUILT_IN, detect
from buildpacks.own import declared
from buildpacks.own.custom import gather
from tests import forge
from tests.own_buildpacks import PAGE, for_python, for_toml, shown

LIB = {"shop-1.2.jar": forge.library("org.example.Shop", java=11), "other.jar": forge.library("a.A")}


def test_the_toml_example_starts_what_no_built_in_one_can(tmp_path: Path) -> None:
    found = analyse(forge.write(tmp_path / "acme-1.2.zip", forge.archive(for_toml(LIB))), "acme-1.2.zip")
    with pytest.raises(Refused):
        detect(found)
    forge.write(tmp_path / "site" / "acme-service.toml", shown("toml"))
    plan = detect(found, gather(tmp_path / "site", BUILT_IN))
    assert (plan.buildpack, plan.java, plan.warnings) == ("acme-service", 11, ())
    assert plan.launch.options[-1] == "-Dacme.home=/app"
    assert plan.launch.target == ("-cp", "/app/conf:/app/lib/shop-1.2.jar:/app/lib/other.jar", "org.example.Shop")
    assert [(layer.role, len(layer.files)) for layer in plan.layers] == [("dependencies", 2), ("application", 2)]


def test_the_python_example_reads_the_class_and_refuses_in_its_own_words(tmp_path: Path) -> None:
    forge.write(tmp_path / "site" / "acme.py", shown("python"))
    asked = gather(tmp_path / "site", BUILT_IN)
    assert asked.broken == ()
    (own,) = (one for one in asked.ordered if one.file)
    assert own.recognises.startswith("Zips of Acme's packaging")
    assert [one.name for one in asked.behind(own)] == ["distribution", "executable-jar"]
    files = for_python(LIB)
    found = analyse(forge.write(tmp_path / "acme.zip", forge.archive(files)), "acme.zip")
    plan = detect(found, asked)
    assert (plan.buildpack, plan.java, plan.title) == ("acme-properties", 11, "acme")
    assert plan.launch.target == ("-cp", "/app:/app/lib/*", "org.example.Shop")
    assert [file.path for file in plan.layers[1].files] == ["app/service.properties", "app/program.properties"]
    files["service.properties"] = b""
    with pytest.raises(Refused, match=r"service.properties in acme.zip names no class"):
        detect(analyse(forge.write(tmp_path / "acme.zip", forge.archive(files)), "acme.zip"), asked)


def test_the_page_names_every_key() -> None:
    text = PAGE.read_text(encoding="utf-8")
    nested = {"match": declared._MATCH, "layer": declared._LAYER, "launch": declared._LAUNCH}
    names = [name for name in declared._TOP if name not in nested]
    names += [f"{table}.{name}" for table, inner in nested.items() for name in inner]
    cells = [line for line in text.splitlines() if line.startswith("| `")]
    missing = [name for name in names if not any(f"`{name}`" in line or f"`{name}." in line for line in cells)]
    assert missing == []


def test_the_page_tells_the_order_in_which_the_kinds_are_asked() -> None:
    text = PAGE.read_text(encoding="utf-8")
    places = [text.find(f"`{one.name}`") for one in BUILT_IN.ordered]
    assert -1 not in places
    assert places == sorted(places)
