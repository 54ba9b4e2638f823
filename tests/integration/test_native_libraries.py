"""Artifacts of others with native libraries: built here for both architectures, warned of, loaded and run on both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.made import MadeBases
from scripts.published import fetch
from tests import emulation, forge
from tests.conftest import lacking
from tests.image_files import Start, build
from tests.programs import compiled
from tests.waiting import until

FOR_MANY = "org.xerial:sqlite-jdbc:3.51.2.0"
FOR_AMD64 = "com.github.luben:zstd-jni:1.5.6-10:jar:linux_amd64"
SOURCE = Path(__file__).parents[1] / "Natives.java"


def packed(folder: Path, cache: Path, *coordinates: str) -> Path:
    """A zip of a thin jar and its libraries."""
    libraries = {f"lib/{path.name}": path.read_bytes() for path in (fetch(one, cache) for one in coordinates)}
    told = {"Main-Class": "Natives", "Class-Path": " ".join(libraries)}
    jar = forge.archive({"META-INF/MANIFEST.MF": forge.manifest(told), **compiled(cache, SOURCE)})
    return forge.write(folder / "natives.zip", forge.archive({"natives.jar": jar, **libraries}))


def about_natives(said: dict[str, Any]) -> list[dict[str, str]]:
    return [warning for warning in said["warnings"] if warning["code"].startswith("natives")]


@pytest.fixture
def arm_data(arm_bases: MadeBases, tmp_path: Path) -> Path:
    return arm_bases.into(tmp_path / "arm")


@pytest.mark.long
@pytest.mark.engine
def test_libraries_for_both_are_loaded_on_arm(
    arm_data: Path, tmp_path: Path, cache: Path, start: Start, tag: str
) -> None:
    file, said = build(arm_data, packed(tmp_path, cache, FOR_MANY), "--tag", tag, "--platform", "linux/arm64")
    assert about_natives(said) == []
    try:
        with emulation.aarch64():
            started = start(file, tag)
            assert until(started.answer, 180) == "sqlite says 42 on aarch64"
    except emulation.NotHere as error:
        lacking(f"The file for arm64 cannot be run: {error}")


@pytest.mark.long
@pytest.mark.engine
def test_one_for_x86_only_is_named_and_the_rest_runs_on_arm_without_it(
    arm_data: Path, tmp_path: Path, cache: Path, start: Start, tag: str
) -> None:
    application = packed(tmp_path, cache, FOR_MANY, FOR_AMD64)
    file, said = build(arm_data, application, "--tag", tag, "--platform", "linux/arm64")
    (warning,) = about_natives(said)
    assert warning["code"] == "natives-missing"
    assert "libzstd-jni-1.5.6-10.so (in zstd-jni-1.5.6-10-linux_amd64.jar) for amd64." in warning["message"]
    assert "sqlite" not in warning["message"]
    try:
        with emulation.aarch64():
            started = start(file, tag)
            assert until(started.answer, 180) == "sqlite says 42 on aarch64"
            assert started.answer("/zstd") == "no zstd"
    except emulation.NotHere as error:
        lacking(f"The file for arm64 cannot be run: {error}")


@pytest.mark.engine
def test_both_are_loaded_on_x86_without_a_warning(
    site_data: Path, tmp_path: Path, cache: Path, start: Start, tag: str
) -> None:
    application = packed(tmp_path, cache, FOR_MANY, FOR_AMD64)
    file, said = build(site_data, application, "--tag", tag, "--platform", "linux/amd64")
    assert about_natives(said) == []
    started = start(file, tag)
    assert until(started.answer, 60) == "sqlite says 42 on amd64"
    assert started.answer("/zstd") == "zstd packs to little"
