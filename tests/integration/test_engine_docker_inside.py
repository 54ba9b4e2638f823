"""Programs inside containers of a real engine: what they are given, what they write, how they end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from buildpacks.errors import Conflict, DeploymentFailed
from buildsvc.engines.docker import DockerEngine, inner_end
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.image.types import BaseImage
from tests.integration.engine_docker import application

pytestmark = [pytest.mark.engine, pytest.mark.long]
LARGE = 20_000_000


@pytest.fixture
def container(engine: DockerEngine, gateway: BaseImage, engine_client: docker.DockerClient) -> Iterator[str]:
    with application(engine, gateway, engine_client) as found:
        (running,) = [one for one in engine.instances(found.name) if one.role == "image"]
        yield running.id


def test_what_it_writes_goes_into_a_file_and_what_it_says_does_not(
    engine: DockerEngine, container: str, tmp_path: Path
) -> None:
    passed: list[int] = []
    script = f"head -c {LARGE} /dev/zero; echo careful >&2; exit 3"
    ended = engine.run_inside(container, ("sh", "-c", script), Streams(target=tmp_path / "out", told=passed.append))
    assert ended == ProgramEnd(3, ("careful",))
    assert (tmp_path / "out").stat().st_size == LARGE == passed[-1]


def test_what_it_is_given_arrives_whole(engine: DockerEngine, container: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * (LARGE // 256)
    (tmp_path / "in").write_bytes(content)
    ended = engine.run_inside(container, ("sha256sum",), Streams(given=tmp_path / "in"))
    assert ended.code == 0
    assert ended.tail[0].startswith(hashlib.sha256(content).hexdigest())


def test_one_that_ends_before_it_has_read_all_says_so_by_its_status(
    engine: DockerEngine, container: str, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(bytes(LARGE))
    ended = engine.run_inside(container, ("sh", "-c", "echo no >&2; exit 5"), Streams(given=tmp_path / "in"))
    assert ended == ProgramEnd(5, ("no",))


def test_one_that_is_not_there_has_failed(engine: DockerEngine, container: str) -> None:
    assert engine.run_inside(container, ("no-such-program",), Streams()).code in {126, 127}


def test_one_that_is_given_up_is_not_waited_for(engine: DockerEngine, container: str, tmp_path: Path) -> None:
    with pytest.raises(DeploymentFailed) as failed:
        engine.run_inside(container, ("sleep", "60"), Streams(target=tmp_path / "out", given_up=lambda: True))
    assert failed.value.code == "program-given-up"


def test_a_full_disk_is_told_as_one(engine: DockerEngine, container: str) -> None:
    with pytest.raises(OSError, match="No space left"):
        engine.run_inside(container, ("sh", "-c", "exec cat /dev/zero"), Streams(target=Path("/dev/full")))


def test_nothing_runs_in_a_container_that_stands_still(engine: DockerEngine, container: str) -> None:
    engine.stop(container, 1)
    with pytest.raises(Conflict):
        engine.run_inside(container, ("true",), Streams())


SCRIPT = "sleep 5; cat | { cat >/dev/null; echo taken-for-whole >/tmp/whole; }"


@pytest.mark.parametrize("cleared", [False, True])
def test_one_that_is_given_up_does_not_take_what_it_was_given_for_the_whole(
    engine: DockerEngine, container: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, cleared: bool
) -> None:
    if not cleared:
        # As where the service is itself in a container.
        monkeypatch.setattr(inner_end, "_kill_from_host", lambda *_: False)
    (tmp_path / "in").write_bytes(bytes(LARGE))
    # `env -i`, as `su -` does: the children have none of the environment that the program was started with.
    command = ("env", "-i", "/bin/sh", "-c", SCRIPT) if cleared else ("sh", "-c", SCRIPT)
    with pytest.raises(DeploymentFailed) as failed:
        engine.run_inside(container, command, Streams(given=tmp_path / "in", given_up=lambda: True))
    assert (failed.value.code, failed.value.variant) == ("program-given-up", "")
    look = 'grep -l "[t]aken-for-whole" /proc/[0-9]*/cmdline 2>/dev/null; ls /tmp/whole 2>/dev/null; true'
    assert engine.run_inside(container, ("sh", "-c", look), Streams()) == ProgramEnd(0)
