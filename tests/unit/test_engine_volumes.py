"""Single files that are mounted: one tar becomes another, in which the file has the name that the container sees."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any, cast

import pytest

from buildpacks.errors import Conflict
from buildsvc.engines.docker import volumes
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application, Mount, Volume


class Engine:
    def __init__(self) -> None:
        self.put: list[dict[str, bytes]] = []

    def put_stream(self, _container: str, _folder: str, tar: Any) -> None:
        with tarfile.open(fileobj=tar) as archive:
            self.put.append({one.name: archive.extractfile(one).read() for one in archive})  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["nginx.conf", "配置.yml", f"{'long' * 40}.yml"])
def test_a_file_gets_the_name_of_its_mount_whatever_it_was_called(tmp_path: Path, name: str) -> None:
    content = tmp_path / "content.tar"
    with tarfile.open(content, "w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b"port"))
    mount = Mount(kind="content", source="sum", target="/app/应用/application.yml", is_file=True)
    engine = Engine()
    volumes.put_files(engine, "new", (mount,), {"sum": str(content)})  # type: ignore[arg-type]
    assert engine.put == [{"app/应用/application.yml": b"port"}]


class Volumes:
    """An engine that has one volume, with these labels."""

    def __init__(self, labels: dict[str, str] | None) -> None:
        self.labels = labels

    def volume(self, name: str) -> dict[str, Any] | None:
        return {"Name": name, "Labels": self.labels}


@pytest.mark.parametrize("labels", [{"io.buildsvc.application": "a_b"}, {"com.docker.compose.project": "a"}, None])
def test_a_volume_of_somebody_else_is_not_taken_by_a_name_that_fits(labels: dict[str, str] | None) -> None:
    theirs, external = Volume("b_c", "a_b_c"), Volume("x", "a_b_c", external=True)
    with pytest.raises(Conflict) as conflict:
        volumes.ensure(cast("EngineClient", Volumes(labels)), Application("a", (), volumes=(theirs,)))
    assert conflict.value.code == "volume-of-another"
    volumes.ensure(cast("EngineClient", Volumes(labels)), Application("a", (), volumes=(external,)))
