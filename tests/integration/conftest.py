"""What integration tests share: a Redis, containers of image files, and an application on the Docker engine."""

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

from buildsvc.engines.docker import DockerEngine
from buildsvc.image.types import BaseImage
from buildsvc.live import embedded_redis
from scripts.made import MadeBases
from tests.image_files import Start, Started
from tests.integration.engine_docker import DockerHarness, application, prepared
from tests.recipe_containers import RecipeContainers
from tests.redis_server import RedisServer

SHOP = Path(__file__).parents[1] / "folder" / "Shop.java"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--examples", type=int, help="of each route, as scripts/routes asks")


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


@pytest.fixture(scope="module")
def gateway(bases: MadeBases) -> BaseImage:
    """The base image of the gateway."""
    return bases.get("gateway")


@pytest.fixture(scope="module")
def engine(bases: MadeBases, gateway: BaseImage) -> Iterator[DockerEngine]:
    """The Docker engine, which has the gateway."""
    with prepared(bases.layout, gateway) as found:
        yield found


@pytest.fixture
def harness(engine: DockerEngine, gateway: BaseImage, engine_client: docker.DockerClient) -> Iterator[DockerHarness]:
    """An application of one test's own."""
    with application(engine, gateway, engine_client) as found:
        yield found


@pytest.fixture(scope="module")
def containers(engine_client: docker.DockerClient, bases: MadeBases) -> Iterator[RecipeContainers]:
    """Those of images that recipes make, for the tests of one module."""
    made = RecipeContainers(engine_client, bases)
    yield made
    made.close()
