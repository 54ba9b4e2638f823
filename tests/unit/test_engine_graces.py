"""Whatever takes containers away gives them the time to end that their file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from buildsvc.engines.base import Ensure
from buildsvc.engines.docker import DockerEngine, adopting
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.labels import APPLICATION, COMPONENT, ROLE
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Application, Component, Placement
from tests.small_images import layout
from tests.workshops import COMPOSE, Bench

SLOW = Component("db", image="redis:7", stop_grace_period=120.0)


class Client:
    """An engine with one container, of the component `db`; remembers how it was stopped."""

    def __init__(self) -> None:
        self.stopped: list[float] = []

    def inspect(self, container: str) -> dict[str, Any]:
        return {"Id": container, "State": {}}

    def containers(self, _labels: dict[str, str | None]) -> list[dict[str, Any]]:
        marks = {APPLICATION: "shop", COMPONENT: "db", ROLE: "image"}
        return [{"Id": "1", "Name": "/shop-db-1", "Config": {"Labels": marks}}]

    def networks(self, _labels: dict[str, str]) -> list[dict[str, Any]]:
        return []

    def stop(self, _container: str, grace: float) -> None:
        self.stopped.append(grace)

    def remove(self, _container: str) -> None:
        """Nothing is left to do."""


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def engine(tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> DockerEngine:
    made = DockerEngine(layout(tmp_path))
    monkeypatch.setattr(made, "_client", client)
    return made


def test_an_adopted_container_that_is_given_up(client: Client) -> None:
    part = AdoptedComponent("db", (("1", "shop-db-1"),), SLOW)
    wanted = Ensure(Application("shop", ()), Placement(), {}, {}, cast("Any", None), given_up=(part,))
    adopting.give_up(cast("EngineClient", client), wanted, lambda _event: None)
    assert client.stopped == [120.0]


def test_an_application_that_is_removed(engine: DockerEngine, client: Client) -> None:
    engine.remove_application("shop", {"db": 120.0})
    engine.remove_application("shop")
    assert client.stopped == [120.0, 10.0]


def test_a_component_that_the_next_file_does_not_name(engine: DockerEngine, client: Client) -> None:
    wanted = Ensure(Application("shop", ()), Placement(), {}, {}, cast("Any", None), graces={"db": 120.0})
    engine._remove_unnamed(wanted)
    assert client.stopped == [120.0]


def test_what_a_file_says_of_a_component_that_goes_is_told_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path / "data")
    text = COMPOSE.replace("    image: redis:7\n", "    image: redis:7\n    stop_grace_period: 2m\n")
    assert text != COMPOSE
    bench.apply(text)
    asked: list[Ensure] = []
    ensure = bench.engine.ensure

    def told(wanted: Ensure, publish: Any) -> None:
        asked.append(wanted)
        ensure(wanted, publish)

    monkeypatch.setattr(bench.engine, "ensure", told)
    bench.apply(text[: text.index("  cache:")])
    assert [one.graces for one in asked] == [{"cache": 120.0}]
