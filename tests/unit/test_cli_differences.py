"""`buildsvc inspect --diff OLD NEW`: what an operator reads before a jar goes live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from buildsvc.doors.cli.main import cli
from tests import forge

OLD: dict[str, Any] = {
    "libraries": {
        "common-1.0.jar": forge.library("c.A"),
        "core-2.0.jar": forge.library("d.A"),
        "repacked-1.jar": forge.archive({"a/A.class": forge.class_file()}),
    },
    "classes": {"demo.Gone": 17, "demo.Changed": 17},
    "resources": {"application.yml": b"server: {port: 8080}\ndb: {password: alt}\n", "a.html": b"1"},
    "maven": ("demo", "order", "1.1"),
}
NEW: dict[str, Any] = {
    "libraries": {
        "common-1.0.jar": forge.library("c.A", "c.B"),
        "core-2.1.jar": forge.library("d.B"),
        "repacked-1.jar": forge.archive({"a/A.class": forge.class_file()}, mtime=(2025, 1, 1, 1, 1, 0)),
    },
    "classes": {"demo.New": 17, "demo.Changed": 21},
    "resources": {"application.yml": b"server: {port: 8081}\ndb: {password: neu}\n", "a.html": b"2"},
    "maven": ("demo", "order", "1.2"),
}


def diff(folder: Path, old: bytes, new: bytes, *options: str) -> Result:
    one, two = forge.write(folder / "order-1.1.jar", old), forge.write(folder / "order-1.2.jar", new)
    return CliRunner().invoke(cli, ["inspect", "--diff", str(one), str(two), *options])


def test_everything_that_changes_is_told(tmp_path: Path) -> None:
    done = diff(tmp_path, forge.boot_jar(**OLD), forge.boot_jar(**NEW))
    assert done.exit_code == 0, done.output
    told = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for expected in (
        "version 1.1 -> 1.2",
        "java 17 -> 21",
        "core 2.0 2.1",
        "common 1.0 1.0 same version, other content: 1 class and 0 other files differ",
        "repacked 1 1 same version, packed anew with the same files",
        "server.port 8080 8081 application.yml",
        "db.password ••• ••• application.yml",
        "3 classes: 1 added, 1 removed, 1 changed",
        "+ demo.New",
        "- demo.Gone",
        "~ demo.Changed",
        "~ BOOT-INF/classes/a.html",
    ):
        assert expected in told, done.stdout
    assert "neu" not in done.stdout


def test_json_has_the_same_for_programs(tmp_path: Path) -> None:
    told = json.loads(diff(tmp_path, forge.boot_jar(**OLD), forge.boot_jar(**NEW), "--json").stdout)
    assert {"what": "java", "old": "17", "new": "21"} in told["run"]
    assert told["classes"] == {"added": ["demo.New"], "removed": ["demo.Gone"], "changed": ["demo.Changed"]}
    assert [(one["name"], one["same_version"]) for one in told["libraries"]] == [
        ("common", True),
        ("core", False),
        ("repacked", True),
    ]
    assert {"file": "BOOT-INF/classes/application.yml", "key": "server.port", "old": "8080", "new": "8081"} in told[
        "keys"
    ]


def test_the_same_jar_differs_in_nothing(tmp_path: Path) -> None:
    assert "Nothing differs but times." in diff(tmp_path, forge.boot_jar(), forge.boot_jar()).stdout


def test_many_classes_are_counted_by_package(tmp_path: Path) -> None:
    many = {f"demo.p{number % 2}.C{number}": 17 for number in range(60)}
    told = diff(tmp_path, forge.boot_jar(), forge.boot_jar(classes=many)).stdout
    assert "60 classes: 60 added, 0 removed, 0 changed" in told
    assert "  +30  demo.p0\n  +30  demo.p1\n" in told


def test_a_file_that_nothing_here_can_run_is_compared_all_the_same(tmp_path: Path) -> None:
    told = diff(tmp_path, forge.library("demo.A"), forge.jar({"demo.A": 17})).stdout
    assert "no: order-1.1.jar is a library" in told
    assert "+ demo.Main" in told


def test_whether_a_file_runs_is_told_in_the_readers_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_LANGUAGE", "zh")
    told = diff(tmp_path, forge.library("demo.A"), forge.jar({"demo.A": 17})).stdout
    assert "否：order-1.1.jar" in told
    assert "-> 是\n" in told
    done = json.loads(diff(tmp_path, forge.library("demo.A"), forge.jar({"demo.A": 17}), "--json").stdout)
    assert [one["new"] for one in done["run"] if one["what"] == "runs"] == ["yes"]


def test_a_distribution_tells_what_changes_in_its_own_jar(tmp_path: Path) -> None:
    def packed(version: str, release: int) -> bytes:
        script = b'#!/bin/sh\nexec java -cp "lib/*" demo.Main\n'
        own = forge.jar(extra={"demo/Main.class": forge.main_class(release)})
        return forge.archive({f"app-{version}/bin/app": script, f"app-{version}/lib/app-{version}.jar": own})

    told = diff(tmp_path, packed("1.0", 8), packed("1.1", 11)).stdout
    assert "1 class: 0 added, 0 removed, 1 changed\n  ~ demo.Main" in told


@pytest.mark.parametrize("data", [b"", b"no zip"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, data: bytes) -> None:
    assert diff(tmp_path, data, forge.jar()).exit_code == 2
    assert diff(tmp_path, forge.jar(), data).exit_code == 2
