"""`buildsvc build`: an image file made with neither service nor engine, and what `docker load` makes of it."""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import docker.errors
import pytest
from docker.models.containers import Container

from buildpacks.platforms import ARM64
from scripts.made import MadeBases
from tests import emulation
from tests.conftest import lacking
from tests.programs import Programs, compiled
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def jar(tmp_path: Path, cache: Path) -> Path:
    return Programs(tmp_path, compiled(cache)).jar("1.0")


def command(data: Path, jar: Path, *options: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run `buildsvc build` where no engine is to be had: the file it was asked for, and how it ended."""
    file = data.with_suffix(".tar")
    nowhere = {"DOCKER_HOST": f"unix://{data}/no-engine.sock", "BUILDSVC_DATA": str(data)}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **nowhere}
    argv = [sys.executable, "-m", "buildsvc.doors.cli.main", "build", str(jar), "-o", str(file), "--json", *options]
    return file, subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def build(data: Path, jar: Path, *options: str) -> tuple[Path, dict[str, Any]]:
    """The file, and what was said about it."""
    file, done = command(data, jar, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return file, json.loads(done.stdout)


@dataclass(frozen=True)
class Started:
    """A loaded image and a container of it without any network: it is asked from inside."""

    image: dict[str, Any]
    container: Container

    def told(self, *command: str) -> str:
        done = self.container.exec_run(list(command))
        assert isinstance(done.output, bytes)
        return done.output.decode().strip() if done.exit_code == 0 else ""

    def answer(self) -> str:
        return self.told("curl", "-sf", "http://localhost:8080/")


Start = Callable[[Path, str], Started]


@pytest.fixture
def start(engine_client: docker.DockerClient) -> Iterator[Start]:
    """Load a file and start its image as `docker run` would; both go at the end."""
    tags: list[str] = []
    containers: list[Container] = []

    def begin(file: Path, tag: str) -> Started:
        tags.append(tag)
        with file.open("rb") as stream:
            loaded = engine_client.images.load(stream)
        assert [tag in image.tags for image in loaded] == [True]
        containers.append(engine_client.containers.create(tag, network_mode="none"))
        containers[-1].start()
        return Started(loaded[0].attrs, containers[-1])

    yield begin
    for container in containers:
        container.remove(force=True, v=True)
    for tag in tags:
        with suppress(docker.errors.ImageNotFound):
            engine_client.images.remove(tag)


@pytest.fixture
def tag() -> str:
    return f"buildsvc/test-file:{uuid.uuid4().hex}"


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
    bases: MadeBases, jar: Path, tmp_path: Path, start: Start, tag: str
) -> None:
    arm = replace(bases, platform=ARM64)
    arm.get("jre", 17)
    file, said = build(arm.into(tmp_path / "data"), jar, "--tag", tag, "--platform", "linux/arm64")
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
