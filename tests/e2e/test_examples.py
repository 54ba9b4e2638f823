"""The systems in `examples/`, deployed as a stranger would, asked through their Nginx, found in their databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import requests
from docker.models.containers import Container

from scripts import example
from scripts.delivery.market import ORDER
from scripts.made import MadeBases
from tests.e2e.conftest import new_site
from tests.e2e.site import Application, LiveSite, free_port, running
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
PASSWORD = "the site's own"
SECRETS = ("MARIADB_PASSWORD", "MYSQL_ROOT_PASSWORD", "STORE_PASSWORD")
CLIENTS = 4
"""Who registers in the market: catalog, orders, gateway, admin."""
NOT_YET = 500
"""From this status on, an answer says that somebody is not there yet."""
PATIENCE = 120.0
"""Seconds that a component of an example may take on a busy machine."""


@dataclass(frozen=True)
class Deployed:
    """An example that stands on a site of its own."""

    site: LiveSite
    name: str
    port: int

    def get(self, path: str) -> Any:
        """What its Nginx answers, as soon as all behind it are there."""

        answers: list[requests.Response] = []

        def good() -> bool:
            answers.append(requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=20))
            return answers[-1].status_code < NOT_YET

        until(good, PATIENCE)
        found = answers[-1]
        assert found.ok, f"{found.status_code} {found.text[:300]}"
        return found.json() if "json" in found.headers.get("Content-Type", "") else found.text

    def container(self, service: str) -> Container:
        (found,) = self.site.engine.containers.list(
            filters={
                "label": [f"com.docker.compose.project={self.name}", f"com.docker.compose.service={service}"],
            }
        )
        return found

    def run(self, service: str, *command: str) -> str:
        said: Any = self.container(service).exec_run(list(command))
        assert said.exit_code == 0, said.output
        return str(said.output.decode())


@contextmanager
def deployed(
    name: str, files: list[str], folder: Path, bases: MadeBases, engine: docker.DockerClient
) -> Iterator[Deployed]:
    """The example of that name, from its jars and images to a system that serves; everything goes at the end."""
    jars = example.jars(name)
    site = new_site(folder, bases, engine)
    example.images(name, site.data, bases)
    port = free_port()
    answers = [f"{name.upper()}_PORT={port}", *(f"{secret}={PASSWORD}" for secret in SECRETS)]
    (folder / "site.env").write_text("\n".join(answers))
    with running(site):
        made = Application(site, name, port)
        site.applications.append(made)
        where = [part for file in files for part in ("-f", example.EXAMPLES / name / file)]
        applied = site.cli("apply", *where, "--env-file", folder / "site.env", seconds=2 * PATIENCE)
        assert applied.returncode == 0, applied.stderr + applied.stdout
        for component in ordered(jars):
            pushed = site.cli("push", jars[component], "--app", name, seconds=2 * PATIENCE)
            assert pushed.returncode == 0, pushed.stderr + pushed.stdout
        yield Deployed(site, name, port)


def ordered(jars: Any) -> list[str]:
    """Those that others need first."""
    return [name for name in ORDER if name in jars] + sorted(set(jars) - set(ORDER))


def test_the_market_sells_by_eureka_and_keeps_its_orders(
    tmp_path: Path, bases: MadeBases, engine_client: docker.DockerClient
) -> None:
    with deployed("market", ["compose.yml"], tmp_path, bases, engine_client) as market:
        assert [item["name"] for item in market.get("/api/items")] == ["tea 茶", "rice 米", "lamp 灯"]
        assert until(lambda: len(market.get("/admin/services")) == CLIENTS, PATIENCE)
        assert market.get("/admin/services")["catalog"] == ["http://catalog:8080"]
        market.get("/api/orders")
        answered = requests.post(f"http://127.0.0.1:{market.port}/api/orders?item=1", timeout=30)
        assert answered.json() == {"item": 1, "name": "tea 茶", "ordered": 1}
        mariadb = ("mariadb", "mariadb", "-umarket", f"-p{PASSWORD}", "market", "-Ne")
        assert market.run(*mariadb, "SELECT name FROM placed") == "tea 茶\n"
        assert market.site.cli("data", "backup", "market", "mariadb").returncode == 0
        (kept,) = market.site.client.dumps("market")
        market.run(*mariadb, "DELETE FROM placed")
        restored = market.site.cli("data", "restore", "market", "mariadb", kept.name, "--confirm", "mariadb")
        assert restored.returncode == 0, restored.stderr
        assert market.run(*mariadb, "SELECT name FROM placed") == "tea 茶\n"
        assert market.run("redis", "redis-cli", "zscore", "market:ordered", "tea 茶") == "1\n"
        assert market.get("/api/orders")[0]["name"] == "tea 茶"


def test_a_file_of_links_and_container_names_is_applied_as_it_lies(
    tmp_path: Path, bases: MadeBases, engine_client: docker.DockerClient
) -> None:
    with deployed("guestbook", ["docker-compose.yml"], tmp_path, bases, engine_client) as guestbook:
        assert guestbook.get("/entries")["entries"] == ["the first guest"]
        requests.post(f"http://127.0.0.1:{guestbook.port}/entries", {"said": "the second 客人"}, timeout=20)
        assert guestbook.get("/entries")["entries"] == ["the first guest", "the second 客人"]
        assert guestbook.container("guestbook-mysql").name == "guestbook-mysql"
        rows = guestbook.run("guestbook-mysql", "mysql", f"-p{PASSWORD}", "guestbook", "-Ne", "SELECT said FROM entry")
        assert rows == "the first guest\nthe second 客人\n"
        assert int(guestbook.run("guestbook-redis", "redis-cli", "get", "visits")) >= 2


def test_an_environment_and_its_programs_are_one_application(
    tmp_path: Path, bases: MadeBases, engine_client: docker.DockerClient
) -> None:
    files = ["docker-compose-env.yml", "docker-compose-app.yml"]
    with deployed("storehouse", files, tmp_path, bases, engine_client) as storehouse:
        assert storehouse.get("/store/parts/wheel 轮") == {"name": "wheel 轮", "pieces": 4}
        count = storehouse.run("postgres", "psql", "-U", "store", "-Atc", "SELECT count(*) FROM part")
        assert count == "2\n"
        last = storehouse.run("redis", "redis-cli", "-a", PASSWORD, "--no-auth-warning", "lindex", "looked-at", "0")
        assert last == "wheel 轮\n"
