"""`buildsvc build`: an image file made with neither service nor engine, and what `docker load` makes of it."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from scripts.made import MadeBases
from tests import emulation
from tests.conftest import lacking
from tests.image_files import Start, build, command
from tests.programs import Programs, compiled
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def jar(tmp_path: Path, cache: Path) -> Path:
    return Programs(tmp_path, compiled(cache)).jar("1.0")


@pytest.mark.engine
def test_a_built_file_is_loaded_by_docker_and_runs(jar: Path, site_data: Path, start: Start, tag: str) -> None:
    file, said = build(site_data, jar, "--tag", tag)
    assert said["size"] == file.stat().st_size
    started = start(file, tag)
    assert started.image["Id"] in {said["config"], said["manifest"]}
    assert until(started.answer, 60) == "1.0"
    assert started.told("id", "-u") == "10001"
    assert started.told("cat", "/proc/1/comm") == "java"


@pytest.mark.engine
def test_a_file_for_arm_is_built_here_and_runs_there(
    arm_bases: MadeBases, jar: Path, tmp_path: Path, start: Start, tag: str
) -> None:
    file, said = build(arm_bases.into(tmp_path / "data"), jar, "--tag", tag, "--platform", "linux/arm64")
    assert said["platform"] == "linux/arm64"
    assert "arm64" in said["base"]
    try:
        with emulation.aarch64():
            started = start(file, tag)
            assert (started.image["Os"], started.image["Architecture"]) == ("linux", "arm64")
            assert until(started.answer, 120) == "1.0"
            assert started.told("uname", "-m") == "aarch64"
    except emulation.NotHere as error:
        lacking(f"The file for arm64 cannot be run: {error}")


def test_the_same_jar_on_the_same_base_gives_the_same_file_in_another_place(
    ready_bases: MadeBases, jar: Path, tmp_path: Path
) -> None:
    one, _ = build(ready_bases.into(tmp_path / "one"), jar, "--tag", "test:1")
    two, _ = build(ready_bases.into(tmp_path / "two"), jar, "--tag", "test:1")
    assert filecmp.cmp(one, two, shallow=False)


def test_a_platform_without_a_base_is_refused_and_no_file_appears(jar: Path, tmp_path: Path) -> None:
    file, done = command(tmp_path / "data", jar, "--platform", "linux/arm64")
    assert done.returncode == 2
    assert "base make --java 17" in done.stdout + done.stderr
    assert not file.exists()
    assert list(tmp_path.glob(".data*")) == []
