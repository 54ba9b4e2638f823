"""A published Spring Boot application starts from an archive of its libraries' classes from its second version on, and
from one of all its classes when the same version is started again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.jars import with_one_class_changed
from buildsvc.model.deployment import Deployment
from tests.e2e.site import Application, LiveSite, free_port
from tests.load import Load
from tests.on_host import told_inside
from tests.waiting import until

pytestmark = pytest.mark.engine
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc: {{soak: 1s, drain: 1s, deadline: 240s}}
    ports: ["127.0.0.1:{port}:9411"]
    expose: ["9411"]
    environment: {{JAVA_OPTS: "-Xlog:class+load:file=/tmp/loaded.txt"}}
    mem_limit: 1g
"""
MADE = 240.0


@pytest.fixture
def zipkin(site: LiveSite) -> Application:
    made = Application(site, f"cds{free_port()}", free_port())
    site.applications.append(made)
    said = site.put("/api/applications", COMPOSE.format(name=made.name, port=made.port).encode(), "application/yaml")
    assert said.status_code == 202, said.text
    assert site.ended(said.json()["deployment"]["id"]).phase == "settled"
    return made


def from_archive(app: Application, deployment: str) -> tuple[int, int]:
    """How many classes the deployment's instance took from archives, and how many from the jars of its libraries."""
    found = {one.labels["io.buildsvc.deployment"]: one for one in app.containers("instance", "order")}
    instance = found[deployment]
    code, output = told_inside(instance, "cat", "/tmp/loaded.txt")
    assert code == 0, output
    lines = [line for line in output.decode().splitlines() if "source:" in line]
    return sum("shared objects file" in line for line in lines), sum("/app/lib/" in line for line in lines)


def own_from_archive(app: Application, deployment: str) -> int:
    """How many of the program's own classes the deployment's instance took from archives."""
    found = {one.labels["io.buildsvc.deployment"]: one for one in app.containers("instance", "order")}
    code, output = told_inside(found[deployment], "cat", "/tmp/loaded.txt")
    assert code == 0, output
    return sum("] zipkin" in line and "shared objects file" in line for line in output.decode().splitlines())


def restarted(site: LiveSite, app: Application) -> Deployment:
    said = requests.post(
        f"{site.url}/api/applications/{app.name}/components/order/restart", headers=site.headers, timeout=60
    )
    assert said.ok, said.text
    return site.answered(said.json()["deployment"]["id"])


def events(site: LiveSite, deployment: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in site.events(deployment) if event["kind"] == kind]


@pytest.mark.long
def test_the_second_version_starts_from_an_archive_and_no_request_fails(
    site: LiveSite, zipkin: Application, zipkin_jars: tuple[Path, Path], tmp_path: Path
) -> None:
    first = zipkin.deploy(zipkin_jars[0])
    assert first.phase.serving, first
    shared, read = from_archive(zipkin, first.id)
    assert read > 3000
    until(lambda: "archive-made" in site.kinds(first.id), MADE)
    changed = with_one_class_changed(zipkin_jars[0], tmp_path / "changed.jar", 1)
    with Load("127.0.0.1", zipkin.port, connections=10, path="/health") as load:
        second = zipkin.deploy(changed)
        load.wait_for(50)
    assert second.phase.serving, second
    assert (load.failed, load.errors) == (0, [])
    assert "archive-used" in site.kinds(second.id)
    (loaded,) = [event for event in site.events(second.id) if event["kind"] == "image-loaded"]
    assert (loaded["layers_sent"], loaded["mode"]) == (1, "sparse"), "the archive was there before"
    shared_now, read_now = from_archive(zipkin, second.id)
    assert shared_now > shared + 3000
    assert read_now < read / 3
    until(lambda: any(one.get("everything") for one in events(site, second.id, "archive-made")), MADE)
    own = own_from_archive(zipkin, second.id)
    before_reboot = {one.labels["io.buildsvc.deployment"]: one for one in zipkin.containers("instance", "order")}
    before_reboot[second.id].restart()
    until(lambda: own_from_archive(zipkin, second.id) > own + 100, MADE)
    with Load("127.0.0.1", zipkin.port, connections=10, path="/health") as load:
        again = restarted(site, zipkin)
        assert again.phase.serving
        load.wait_for(50)
    assert (load.failed, load.errors) == (0, [])
    assert [one["everything"] for one in events(site, again.id, "archive-used")] == [True]
    assert own_from_archive(zipkin, again.id) > own + 100, "its own classes come from there too"
    assert [one for one in zipkin.containers() if "io.buildsvc.aside" in one.labels] == []
