"""What changes from one artifact to another, told from their central directories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.inside.difference import Difference, FileChange, Names, compare
from buildpacks.inside.outline import outlined
from tests import forge


@pytest.fixture
def differ(tmp_path: Path) -> Callable[..., Difference]:
    def compared(old: bytes, new: bytes, own: tuple[str, ...] = ()) -> Difference:
        one, two = forge.write(tmp_path / "old.jar", old), forge.write(tmp_path / "new.jar", new)
        with outlined(one, "old.jar") as before, outlined(two, "new.jar") as after:
            return compare(before, after, own)

    return compared


def test_the_same_artifact_with_other_times_does_not_differ(differ: Callable[..., Difference]) -> None:
    assert not differ(forge.boot_jar(), forge.boot_jar(mtime=(2025, 1, 1, 0, 0, 0)))


def test_classes_are_told_by_their_names(differ: Callable[..., Difference]) -> None:
    old = forge.boot_jar(classes={"demo.Kept": 17, "demo.Gone": 17, "demo.Other": 17})
    new = forge.boot_jar(classes={"demo.Kept": 17, "demo.New": 17, "demo.Other": 21})
    found = differ(old, new)
    assert found == Difference(classes=Names(("demo.New",), ("demo.Gone",), ("demo.Other",)))


def test_classes_of_a_jar_without_launcher_lie_in_its_root(differ: Callable[..., Difference]) -> None:
    found = differ(forge.jar({"demo.A": 8}), forge.jar({"demo.A": 11}))
    assert found == Difference(classes=Names(changed=("demo.A",)))


def test_classes_outside_of_the_applications_own_are_resources(differ: Callable[..., Difference]) -> None:
    found = differ(
        forge.boot_jar(extra={"org/x/Launcher.class": b"1"}), forge.boot_jar(extra={"org/x/Launcher.class": b"2"})
    )
    assert found == Difference(resources=Names(changed=("org/x/Launcher.class",)))


def test_configuration_files_come_with_both_contents(differ: Callable[..., Difference]) -> None:
    old = forge.boot_jar(resources={"application.yml": b"a: 1", "application-dev.properties": b"b=1"})
    new = forge.boot_jar(resources={"application.yml": b"a: 2", "config/extra.yaml": b"c: 1"})
    assert differ(old, new).configuration == (
        FileChange("BOOT-INF/classes/application-dev.properties", b"b=1", None),
        FileChange("BOOT-INF/classes/application.yml", b"a: 1", b"a: 2"),
        FileChange("BOOT-INF/classes/config/extra.yaml", None, b"c: 1"),
    )


def test_texts_for_people_and_what_the_build_writes_are_no_configuration(differ: Callable[..., Difference]) -> None:
    names = ("messages_zh.properties", "git.properties", "META-INF/spring.properties", "templates/mail.yml", "a.html")
    found = differ(forge.boot_jar(), forge.boot_jar(resources=dict.fromkeys(names, b"a=1")))
    assert found == Difference(resources=Names(added=tuple(sorted(f"BOOT-INF/classes/{name}" for name in names))))


def test_the_manifest_is_compared_without_what_every_build_changes(differ: Callable[..., Difference]) -> None:
    old = forge.boot_jar(boot="3.2.5", attributes={"Build-Time": "1", "Start-Class": "demo.App", "X-Old": "1"})
    new = forge.boot_jar(boot="3.2.5", attributes={"Build-Time": "2", "Start-Class": "demo.New"})
    assert differ(old, new).manifest == (("Start-Class", "demo.App", "demo.New"), ("X-Old", "1", None))


def test_a_distribution_in_a_folder_with_its_version_is_compared_file_by_file(
    differ: Callable[..., Difference],
) -> None:
    def packed(version: str, setting: bytes, release: int) -> bytes:
        own = forge.jar({"demo.Kept": 8, "demo.Changed": release}, extra={"application.yml": b"a: " + setting})
        inside = {f"lib/app-{version}.jar": own, "conf/app.properties": b"b=" + setting, "bin/run": b"#!/bin/sh"}
        return forge.archive({f"app-{version}/{name}": data for name, data in inside.items()})

    found = differ(packed("1.0", b"1", 8), packed("1.1", b"2", 11), ("app",))
    assert found.classes == Names(changed=("demo.Changed",))
    assert [(one.name, one.old, one.new) for one in found.libraries] == [("app", "1.0", "1.1")]
    assert found.configuration == (
        FileChange("conf/app.properties", b"b=1", b"b=2"),
        FileChange("app.jar!/application.yml", b"a: 1", b"a: 2"),
    )
    assert not found.resources


def test_the_version_of_a_jar_that_is_the_application_brings_no_manifest_noise(
    differ: Callable[..., Difference],
) -> None:
    old = forge.archive({"lib/app-1.jar": forge.jar(attributes={"Created-By": "8"})})
    new = forge.archive({"lib/app-1.jar": forge.jar(attributes={"Created-By": "17", "Enable-Native-Access": "ALL"})})
    assert differ(old, new, ("app",)).manifest == (("Enable-Native-Access", None, "ALL"),)
