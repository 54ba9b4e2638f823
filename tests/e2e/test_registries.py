"""Two programs that call each other by their names in Eureka, under load: no call meets an instance that ended.

Everything is real: Spring Cloud's server, clients and load balancer, short intervals in their configuration, and the
waits that are derived from those.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.site import FRUGAL, Application, LiveSite, free_port
from tests.load import Load
from tests.registered_jars import built, caller
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
COMPOSE = """\
name: {name}
services:
  registry:
    x-buildsvc: {{soak: 0s}}
    environment: {{JAVA_OPTS: "{java}"}}
    expose: ["8761"]
  order:
    x-buildsvc: {{soak: 1s, drain: 1s}}
    environment: {{PEER: stock, REGISTRY: "http://registry:8761/eureka/", JAVA_OPTS: "{java}"}}
    ports: ["127.0.0.1:{order}:8080"]
  stock:
    x-buildsvc: {{soak: 1s, drain: 1s, keep: 10m, warm: [/version, /nowhere]}}
    environment: {{PEER: order, REGISTRY: "http://registry:8761/eureka/", JAVA_OPTS: "{java}"}}
    ports: ["127.0.0.1:{stock}:8080"]
"""
STARTED = 180.0


@pytest.fixture
def callers(own_site: LiveSite) -> Iterator[Application]:
    app = Application(own_site, f"drain{uuid.uuid4().hex[:8]}", free_port())
    own_site.applications.append(app)
    text = COMPOSE.format(name=app.name, java=FRUGAL, order=app.port, stock=free_port())
    own_site.applied(text)
    yield app
    own_site.forget(app)


def told(site: LiveSite, deployment: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in site.events(deployment) if event["kind"] == kind]


def serving(site: LiveSite, deployment: str) -> str:
    def look() -> bool:
        found = site.client.deployment(deployment)
        assert not found.error_code, found
        return found.phase.serving or found.phase.ended

    until(look, STARTED)
    return deployment


@pytest.mark.timeout(600)
def test_a_swap_and_its_undo_fail_no_call_that_goes_by_the_registry(
    own_site: LiveSite, callers: Application, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jars = built(cache)
    serving(own_site, callers.push(jars["registry"], "registry"))
    for component in ("order", "stock"):
        serving(
            own_site, callers.push(caller(jars["caller"], tmp_path / f"{component}.jar", component, "1.0"), component)
        )
    until(lambda: callers.answer() == "stock 1.0", STARTED)
    newer = caller(jars["caller"], tmp_path / "newer.jar", "stock", "1.1")
    with Load("127.0.0.1", callers.port, connections=8, pause=0.05) as load:
        load.wait_for(100)
        swap = callers.push(newer, "stock")
        taken = until(lambda: told(own_site, swap, "taken-out"), STARTED)
        load.wait_for(int(taken[0]["lag"]) * 100)
        since = load.bodies.copy()
        load.wait_for(100)
        assert set(load.bodies - since) == {b"stock 1.1"}
        accepted = own_site.client.undo(callers.name, "stock")
        assert accepted.deployment is not None
        undo = serving(own_site, accepted.deployment.id)
        until(lambda: told(own_site, undo, "taken-out"), STARTED)
        load.wait_for(int(taken[0]["lag"]) * 100)
    with capsys.disabled():
        sys.stdout.write(f" {load.served} calls by the registry, {dict(load.bodies)}, lag {taken[0]['lag']} s ")
    assert (load.failed, load.errors) == (0, [])
    (plan,) = told(own_site, swap, "callers-found")
    assert (plan["registry"], plan["name"], plan["lag"]) == ("eureka", "stock", 3.5)
    order = [
        kind for kind in own_site.kinds(swap) if kind in {"callers-found", "switched", "registry-saw", "taken-out"}
    ]
    assert order == ["callers-found", "switched", "registry-saw", "taken-out"]
    assert [kind for kind in own_site.kinds(undo) if kind in {"put-back", "switched"}] == ["put-back", "switched"], (
        own_site.events(undo)
    )
    (warmed,) = told(own_site, swap, "warmed")
    assert [(one["path"], one["status"]) for one in warmed["answers"]] == [("/version", 200), ("/nowhere", 404)]
