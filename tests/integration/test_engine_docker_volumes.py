"""Volumes and content on a real engine: writable for the user who needs them, or refused before anything changes."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from buildpacks.errors import Refused
from buildsvc.engines.base import RollOut
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.types import BaseImage
from buildsvc.model.application import Mount, Volume
from tests.engine_site import USER, Events, MemoryJournal, program
from tests.integration.engine_docker import DockerHarness, application
from tests.on_host import told_inside

pytestmark = pytest.mark.engine

DATA = Mount("volume", "data", "/data")


@pytest.fixture
def harness(engine: DockerEngine, gateway: BaseImage, engine_client: docker.DockerClient) -> Iterator[DockerHarness]:
    with application(engine, gateway, engine_client, mounts=(DATA,)) as found:
        wanted = found.wanted()
        volume = Volume("data", f"{found.name}_data")
        found.engine.ensure(replace(wanted, application=replace(wanted.application, volumes=(volume,))), Events())
        yield found


def spec(harness: DockerHarness, journal: MemoryJournal, **jar: object) -> RollOut:
    return harness.site.roll_out(journal, 1, program("v1"), **jar)


def inside(harness: DockerHarness, instance: str, *argv: str) -> tuple[int, str]:
    code, output = told_inside(harness.container(instance), *argv)
    return code, output.decode()


def fill_as_root(harness: DockerHarness) -> None:
    harness.api.containers.run(
        harness.site.reference,
        ["sh", "-c", "echo old > /data/file"],
        entrypoint=[],
        user="0:0",
        remove=True,
        network_mode="none",
        volumes={f"{harness.name}_data": {"bind": "/data", "mode": "rw"}},
    )


def test_a_new_empty_volume_is_given_to_the_user_who_writes(harness: DockerHarness) -> None:
    journal = MemoryJournal()
    instance = harness.engine.roll_out(spec(harness, journal), journal, Events())
    assert inside(harness, instance.name, "sh", "-c", "echo new > /data/file && echo done") == (0, "done\n")
    labels = harness.api.volumes.get(f"{harness.name}_data").attrs["Labels"]
    assert labels["com.docker.compose.volume"] == "data"


def test_a_volume_that_holds_somebody_else_s_files_is_refused_with_the_remedy(harness: DockerHarness) -> None:
    fill_as_root(harness)
    journal = MemoryJournal()
    with pytest.raises(Refused) as caught:
        harness.engine.roll_out(spec(harness, journal), journal, Events())
    assert caught.value.code == "mount-not-writable"
    assert "/data" in caught.value.message
    assert "chown" in caught.value.hint
    assert journal.rows == []
    assert [one for one in harness.engine.instances(harness.name) if one.role == "instance"] == []


def test_chown_gives_such_a_volume_to_the_user(harness: DockerHarness) -> None:
    fill_as_root(harness)
    journal = MemoryJournal()
    instance = harness.engine.roll_out(spec(harness, journal, chown=True), journal, Events())
    assert inside(harness, instance.name, "sh", "-c", "echo more >> /data/file && echo done") == (0, "done\n")


def content(folder: Path, salt: str) -> tuple[Path, str]:
    """The tar of one file, `settings.txt` with hello in it, and a digest of its own."""
    file = folder / "content.tar"
    with tarfile.open(file, mode="w") as tar:
        entry = tarfile.TarInfo("settings.txt")
        entry.size = 5
        entry.mode = 0o644
        tar.addfile(entry, io.BytesIO(b"hello"))
    return file, hashlib.sha256(file.read_bytes() + salt.encode()).hexdigest()


def test_a_single_file_stands_where_it_is_mounted_and_its_neighbours_stay(
    harness: DockerHarness, tmp_path: Path
) -> None:
    file, sha256 = content(tmp_path, harness.name)
    journal = MemoryJournal()
    made = spec(harness, journal)
    mounts = tuple(
        Mount("content", sha256, at, read_only=True, is_file=True) for at in ("/etc/group", "/new/place/a.txt")
    )
    made = replace(made, component=replace(made.component, mounts=mounts), contents={sha256: str(file)})
    instance = harness.engine.roll_out(made, journal, Events())
    assert inside(harness, instance.name, "cat", "/etc/group", "/new/place/a.txt") == (0, "hellohello")
    assert inside(harness, instance.name, "cat", "/etc/passwd")[0] == 0
    assert inside(harness, instance.name, "sh", "-c", "true > /new/place/a.txt")[0] != 0


def test_content_is_there_read_only_and_made_once(harness: DockerHarness, tmp_path: Path) -> None:
    file, sha256 = content(tmp_path, harness.name)
    journal = MemoryJournal()
    made = spec(harness, journal)
    mounts = (Mount("content", sha256, "/conf", read_only=True),)
    made = replace(made, component=replace(made.component, mounts=mounts), contents={sha256: str(file)})
    instance = harness.engine.roll_out(made, journal, Events())
    assert inside(harness, instance.name, "cat", "/conf/settings.txt") == (0, "hello")
    assert inside(harness, instance.name, "sh", "-c", ": > /conf/x")[0] != 0
    volume = harness.api.volumes.get(f"buildsvc-content-{sha256[:12]}")
    assert volume.attrs["Labels"]["io.buildsvc.application"] == harness.name
    assert harness.container(instance.name).attrs["Config"]["User"] == USER
