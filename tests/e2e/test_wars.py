"""Wars of every age run on the Tomcat that they need; one that does not start never takes another's place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from buildpacks.kinds import tomcat
from buildsvc.model.deployment import Deployment
from scripts.made import MadeBases
from tests.e2e.conftest import new_site
from tests.e2e.site import Application, LiveSite, free_port, running
from tests.load import Load
from tests.on_host import told_inside
from tests.wars import Wars, compiled

pytestmark = [pytest.mark.engine, pytest.mark.long]
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc: {{soak: 1s, drain: 1s, deadline: 60s}}
    ports: ["127.0.0.1:{port}:8080"]
  stock:
    x-buildsvc: {{soak: 1s, drain: 1s, deadline: 60s, context: /stock/v2}}
    ports: ["127.0.0.1:{other}:8080"]
"""


@pytest.fixture(scope="module")
def wars(ready_bases: MadeBases, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Wars:
    for line in tomcat.lines():
        ready_bases.tomcat(line.name)
    return Wars(tmp_path_factory.mktemp("wars"), compiled(cache, ready_bases))


@pytest.fixture(scope="module")
def site(
    wars: Wars, tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient
) -> Iterator[LiveSite]:
    assert wars
    with running(new_site(tmp_path_factory.mktemp("site"), ready_bases, engine_client)) as started:
        yield started


@pytest.fixture(scope="module")
def stock_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def shop(site: LiveSite, stock_port: int) -> Application:
    """Two jar components, order at `/` and stock at another context path."""
    made = Application(site, f"wars{free_port()}", free_port())
    site.applications.append(made)
    text = COMPOSE.format(name=made.name, port=made.port, other=stock_port)
    said = site.put("/api/applications", text.encode(), "application/yaml")
    assert said.status_code == 202, said.text
    ended = site.ended(said.json()["deployment"]["id"])
    assert ended.phase == "settled", ended.error_message
    return made


def server_of(site: LiveSite, deployment: Deployment) -> str:
    return next(str(event["release"]) for event in site.events(deployment.id) if event["kind"] == "server-chosen")


def test_each_war_runs_on_the_oldest_tomcat_that_suffices_and_takes_over_without_a_failed_request(
    site: LiveSite, shop: Application, wars: Wars
) -> None:
    serves(site, shop, wars.war("old-1", "javax"), "9.0")
    with Load("127.0.0.1", shop.port, connections=10) as load:
        serves(site, shop, wars.war("new-2", "jakarta", servlet="6.0"), "10.1")
        serves(site, shop, wars.war("newest-3", "jakarta", servlet="6.1"), "11.0")
        load.wait_for(100)
    assert (load.failed, set(load.bodies)) == (0, {b"answer 42"}), load.errors


def serves(site: LiveSite, shop: Application, war: Path, line: str) -> None:
    """Deploy a war: it answers on this line of Tomcat, its page is compiled, and nothing else is there."""
    deployed = shop.deploy(war)
    assert deployed.phase.serving, site.events(deployed.id)
    version = server_of(site, deployed)
    assert tomcat.line_of(version) == line
    assert shop.answer("/shop") == f"{war.stem} Apache Tomcat/{version} "
    assert shop.answer() == "answer 42"
    assert shop.answer("/manager/html").startswith("404")
    (instance,) = [one for one in shop.containers("instance", "order") if war.stem in told(one)]
    assert told_inside(instance, "cat", "/proc/1/comm") == (0, b"java\n")
    assert told_inside(instance, "id", "-u") == (0, b"10001\n")


def told(instance: Container) -> str:
    code, output = told_inside(instance, "cat", "/opt/tomcat/webapps/ROOT/WEB-INF/classes/shop.properties")
    return output.decode() if code == 0 else ""


def test_a_war_that_fails_inside_tomcat_fails_its_deployment_and_the_former_one_serves(
    site: LiveSite, shop: Application, wars: Wars
) -> None:
    before = shop.deploy(wars.war("good-4", "jakarta"))
    assert before.phase.serving
    failed = shop.deploy(wars.war("bad-5", "jakarta", failing=True))
    assert failed.phase == "failed"
    said = next(event for event in site.events(failed.id) if event["kind"] == "failed")
    assert said["code"] == "instance-ended"
    assert "exit code 1" in said["message"]
    assert any("ServletException: no database" in line for line in said["log_tail"]), said["log_tail"]
    assert shop.answer("/shop").startswith("good-4 ")


def test_a_war_answers_at_the_context_path_that_was_asked_for(shop: Application, wars: Wars, stock_port: int) -> None:
    deployed = shop.deploy(wars.war("stock-1", "javax"), "stock")
    assert deployed.phase.serving
    other = Application(shop.site, shop.name, stock_port)
    assert other.answer("/stock/v2/shop").endswith(" /stock/v2")
    assert other.answer("/stock/v2/") == "answer 42"
    assert other.answer("/shop").startswith("404")
