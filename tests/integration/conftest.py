"""What integration tests share: a Redis of their own, and containers of image files."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import docker
import docker.errors
import pytest
from docker.models.containers import Container

from buildsvc.live import embedded_redis
from tests.image_files import Start, Started
from tests.redis_server import RedisServer

SHOP = Path(__file__).parents[1] / "folder" / "Shop.java"


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real one on a unix socket, for one test, which may kill it."""
    socket = embedded_redis.socket_path(tmp_path_factory.mktemp("data"), embedded_redis.default_bases(None))
    server = RedisServer(socket)
    server.start()
    yield server
    server.kill()
    socket.unlink(missing_ok=True)
    socket.parent.rmdir()


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


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, bytes]:
    """The class that starts the program, in a package of its own."""
    subprocess.run(["javac", "--release", "11", "-d", str(tmp_path / "classes"), str(SHOP)], check=True)
    return {"org/example/Shop.class": (tmp_path / "classes/org/example/Shop.class").read_bytes()}
