"""The Docker engine keeps the contract with a project that Compose itself started, and its ports answer throughout."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import docker
import pytest

from buildsvc.engines.base import Ensure, RollOut
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.types import BaseImage
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.adoption_events import GatewayPutIn
from buildsvc.model.application import Network, Placement
from buildsvc.model.instance import Instance
from tests import compose_program
from tests.contract.adoption_contract import AdoptionContract, standing
from tests.engine_site import PORT, Events, MemoryJournal, Site, eventually, program
from tests.integration.engine_docker import DockerHarness, free_port

pytestmark = [pytest.mark.engine, pytest.mark.long]

CACHE = Path(__file__).parents[2] / ".cache"


@dataclass
class DockerComposed:
    engine: DockerEngine
    site: Site
    api: docker.DockerClient
    gateway: BaseImage

    @property
    def name(self) -> str:
        return self.site.name

    def parts(self) -> tuple[AdoptedComponent, ...]:
        found = self.engine.composed(self.name)
        return tuple(
            AdoptedComponent(part.name, tuple((one.id, one.name) for one in found.of(part.name)), part)
            for part in self.site.application.components
        )

    def wanted(self) -> Ensure:
        wanted = self.site.ensure()
        application = replace(wanted.application, networks=self.networks)
        return replace(
            wanted, application=application, placement=Placement(), gateway=self.gateway, adopted=self.parts()
        )

    @property
    def networks(self) -> tuple[Network, ...]:
        return (Network("default", f"{self.name}_default", external=True),)

    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut:
        argv = program(f"v{release}", health=503 if kind == "never-healthy" else 200)
        if kind == "never-healthy":
            argv = ("sh", "-c", f"echo waiting; {argv[2]}", *argv[3:])
        spec = self.site.roll_out(journal, release, argv, **jar)
        container = next(one for one in self.parts() if one.name == "app").ids[0]
        return replace(spec, placement=Placement(), networks=self.networks, takes_over=container, gateway=self.gateway)

    def end(self, instance: Instance) -> None:
        self.engine.stop(instance.id, 1.0)

    def get(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.published, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def compose_file(site: Site) -> str:
    """The program of `app` and that of `db`, as Compose starts them."""
    environment = {"restart": "unless-stopped", "image": site.reference, "stop_signal": "SIGUSR1"}
    app = {**environment, "entrypoint": [*program("adopted")], "ports": [f"127.0.0.1:{site.published}:{PORT}"]}
    db = {**environment, "entrypoint": [*program("database")], "environment": {"A": "1"}}
    return json.dumps({"services": {"app": app, "db": db}}).replace("$", "$$")


@pytest.fixture
def composed(harness: DockerHarness, tmp_path: Path) -> Iterator[DockerComposed]:
    site = Site(harness.gateway.image.reference, 0, free_port())
    found = DockerComposed(harness.engine, site, harness.api, harness.gateway)
    file = tmp_path / "compose.yaml"
    file.write_text(compose_file(site))
    with compose_program.composed(compose_program.program(CACHE), site.name, file):
        try:
            yield found
        finally:
            harness.engine.remove_application(site.name)


class TestDockerEngineAdopting(AdoptionContract):
    pass


def test_the_component_s_port_answers_before_and_after_and_the_gap_is_the_one_that_is_told(
    composed: DockerComposed,
) -> None:
    answers: list[tuple[float, str]] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                told = composed.get()
            except (OSError, http.client.HTTPException):
                told = ""
            answers.append((time.monotonic(), told))
            over.wait(0.02)

    answered(composed, "adopted")
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        journal, events = MemoryJournal(), Events()
        composed.engine.roll_out(composed.spec(journal, 1), journal, events)
        assert composed.get() == "v1"
    finally:
        over.set()
        asking.join()
    (told,) = [one for one in events.all if isinstance(one, GatewayPutIn)]
    served = [at for at, answer in answers if answer in {"adopted", "v1"}]
    longest = max(after - before for before, after in itertools.pairwise(served))
    print(f"gap: told {told.gap:.2f} s, seen {longest:.2f} s")  # noqa: T201 - a figure for people
    assert longest < told.gap + 1.0
    assert told.gap < 10
    assert answers[0][1] == "adopted"


def test_a_container_that_comes_back_has_its_port(composed: DockerComposed) -> None:
    ids = {one for one, _, _ in standing(composed)}
    journal = MemoryJournal()
    instance = composed.engine.roll_out(composed.spec(journal, 1), journal, Events())
    assert composed.get() == "v1"
    composed.end(instance)
    composed.engine.settle(composed.spec(journal, 1), journal, Events())
    assert {one for one, _, _ in standing(composed)} == ids
    answered(composed, "adopted")


def answered(composed: DockerComposed, wanted: str) -> None:
    """Wait until the port answers so."""

    def true() -> bool:
        try:
            return composed.get() == wanted
        except (OSError, http.client.HTTPException):
            return False

    eventually(true, 30)
