"""The service in a container, with the engine's socket and a data directory, does the same job as `buildsvc up`."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests
from docker.models.containers import Container

from buildsvc.doors.cli.remote.client import Client
from buildsvc.model.deployment import Phase
from scripts.image import build
from scripts.made import ROOT, MadeBases
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
COMPOSE = """\
name: {name}
services:
  catalog:
    x-buildsvc: {{artifact: wiremock-standalone, soak: 1s, health: {{path: /__admin/health, port: 8080}}}}
    command: ["--no-request-journal", "--disable-banner"]
    ports: ["127.0.0.1:{port}:8080"]
    mem_limit: 320m
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def image(engine_client: docker.DockerClient) -> Iterator[str]:
    subprocess.run([ROOT / "scripts" / "wheels"], check=True)
    tag = f"buildsvc-test:{uuid.uuid4().hex[:8]}"
    build(engine_client, tag)
    yield tag
    engine_client.images.remove(tag)


@pytest.fixture
def service(
    engine_client: docker.DockerClient, image: str, ready_bases: MadeBases, tmp_path: Path
) -> Iterator[tuple[Container, Client]]:
    """`docker run` of the image: its data directory is a folder here, in which base images lie already."""
    data = ready_bases.into(tmp_path / "data")
    network = engine_client.networks.create(f"buildsvc-test-{uuid.uuid4().hex[:8]}")
    port = free_port()
    container = engine_client.containers.run(
        image,
        detach=True,
        network=network.name,
        ports={"8420/tcp": ("127.0.0.1", port)},
        volumes=[f"{data}:/data", "/var/run/docker.sock:/var/run/docker.sock"],
        # Beside the pools of other sites on this machine, whose routes cannot be seen from inside.
        environment={"BUILDSVC_SUBNETS": "10.215.0.0/16"},
    )
    try:
        until(lambda: answers(port), 60)
        said = re.search(r"bsv_\S+", container.logs().decode())
        assert said, container.logs().decode()
        with Client(f"http://127.0.0.1:{port}", said[0]) as client:
            yield container, client
    finally:
        container.remove(force=True, v=True)
        network.remove()
        shutil.rmtree(data)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


def reached(client: Client, deployment: str, phases: set[Phase]) -> bool:
    now = client.deployment(deployment)
    assert now.phase in phases or not now.phase.ended, f"{now.phase}: {now.error_message}"
    return now.phase in phases


def test_a_jar_pushed_to_the_service_in_a_container_runs_and_its_next_version_replaces_it(
    engine_client: docker.DockerClient,
    service: tuple[Container, Client],
    wiremock_jars: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    container, client = service
    name, port = f"t{uuid.uuid4().hex[:8]}", free_port()
    compose = tmp_path / "compose.yaml"
    compose.write_text(COMPOSE.format(name=name, port=port))
    try:
        apply(client, compose)
        versions = []
        for jar in wiremock_jars:
            accepted = client.push(jar, application=name, component=None, force=False, progress=lambda _a, _b: None)
            assert accepted.deployment is not None
            deployment = accepted.deployment.id
            until(lambda: reached(client, deployment, {Phase.LIVE, Phase.SETTLED}), 120)  # noqa: B023 - called at once
            versions.append(requests.get(f"http://127.0.0.1:{port}/__admin/version", timeout=10).json()["version"])
        assert versions == ["3.13.1", "3.13.2"]
        until(lambda: reached(client, deployment, {Phase.SETTLED}), 60)
    finally:
        remove(client, engine_client, name)
    assert container.exec_run(["buildsvc", "base", "list", "--json"]).exit_code == 0


def apply(client: Client, compose: Path) -> None:
    accepted = subprocess.run(
        [ROOT / ".venv" / "bin" / "python", "-m", "buildsvc.doors.cli.main", "apply", str(compose)],
        cwd=ROOT,
        env={
            "BUILDSVC_URL": client.url,
            "BUILDSVC_TOKEN": token_of(client),
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr


def token_of(client: Client) -> str:
    return str(client._headers["Authorization"]).removeprefix("Bearer ")


def remove(client: Client, engine_client: docker.DockerClient, name: str) -> None:
    removal = client.remove(name)
    if removal.deployment is not None:
        deployment = removal.deployment.id
        until(lambda: reached(client, deployment, {Phase.LIVE, Phase.SETTLED}), 60)
    label: dict[str, str | list[str] | bool] = {"label": f"io.buildsvc.application={name}"}
    assert engine_client.containers.list(all=True, filters=label) == []
    tags = [tag for one in engine_client.api.images() for tag in one["RepoTags"] or ()]
    for tag in [tag for tag in tags if tag.startswith(f"buildsvc/{name}-")]:
        engine_client.images.remove(tag)


def test_the_image_holds_what_the_service_needs_and_says_its_version(
    engine_client: docker.DockerClient, image: str
) -> None:
    said = engine_client.containers.run(image, ["--version"], remove=True, network_mode="none").decode()
    assert "buildsvc, version" in said
    redis = engine_client.containers.run(
        image, ["--version"], entrypoint="redis-server", remove=True, network_mode="none"
    ).decode()
    assert redis.startswith("Redis server")
    front = engine_client.containers.run(image, ["-v"], entrypoint="haproxy", remove=True, network_mode="none").decode()
    assert front.startswith("HAProxy version")
