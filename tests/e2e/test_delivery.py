"""`scripts/demo --bundle` in small: a second site with an engine of its own gets what the first one made."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from scripts.delivery.parcel import BETTER, FIRST, FLAWED, Goods
from scripts.delivery.story import deliver
from scripts.demonstration.place import Place
from scripts.made import CACHE, MadeBases
from tests.e2e.site import FRUGAL, free_port
from tests.programs import Programs

pytestmark = [
    pytest.mark.engine,
    pytest.mark.long,
    # The first site's service is known by its record on disk, so nobody waits for its process object.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make namespaces and start an engine"),
]
NAME = f"delivered{uuid.uuid4().hex[:8]}"
COMPOSE = f"""name: {NAME}
x-buildsvc:
  values:
    PORT: {{kind: port, says: Where it is asked.}}
services:
  order:
    x-buildsvc: {{soak: 1s, deadline: 30s, drain: 1s, health: /health}}
    environment: {{JAVA_OPTS: "{FRUGAL}"}}
    ports: ["127.0.0.1:${{PORT}}:8080"]
    depends_on: [stock, cache]
  stock:
    x-buildsvc: {{soak: 1s, deadline: 30s, drain: 1s, health: /health}}
    environment: {{JAVA_OPTS: "{FRUGAL}"}}
    expose: ["8080"]
  cache:
    image: buildsvc/redis
"""


def test_a_bundle_is_installed_upgraded_under_load_taken_back_whole_and_rolled_back_on_another_site(
    programs: Programs, bases: MadeBases, tmp_path: Path
) -> None:
    place = Place(tmp_path / "first", CACHE)
    bases.get("redis")
    bases.into(place.data)
    compose, there = place.folder / "compose.yaml", tmp_path / "second"
    compose.write_text(COMPOSE)
    there.mkdir()
    jars = {version: programs.jar(version) for version in (FIRST, BETTER, FLAWED)}
    goods = Goods(
        name=NAME,
        compose=compose,
        environment={"PORT": str(free_port())},
        jars={version: {"stock": jar, "order": jar} for version, jar in jars.items()},
        flawed="order",
        port=18080,
        path="/",
        answers=("--set", "PORT=18080"),
    )
    figures = deliver(goods, place, bases, there)
    assert figures["requests served during the upgrade"] > 20
