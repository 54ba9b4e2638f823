"""What is struck: a site on an ordinary disk, one on a disk that can be full, and which cases belong to every run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from buildsvc.image import carried_bases
from scripts.made import MadeBases
from tests.chaos.system import Struck, StruckSite, applied
from tests.e2e.site import running
from tests.small_disks import small_disk


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="every step and moment, as scripts/soak runs them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to scripts/soak what is marked `soak`: it takes a quarter of an hour."""
    if not config.getoption("--whole", default=False):
        left = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("soak")]


@pytest.fixture(scope="module")
def struck(
    tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient, cache: Path
) -> Iterator[Struck]:
    folder = tmp_path_factory.mktemp("struck")
    image = ready_bases.get("gateway").image.reference
    with running(StruckSite(folder, ready_bases.into(folder / "data"), engine_client, image)) as site:
        yield applied(site, cache)


@pytest.fixture(scope="module")
def struck_on_a_small_disk(
    tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient, cache: Path
) -> Iterator[Struck]:
    folder = tmp_path_factory.mktemp("small")
    gateway, jre = ready_bases.get("gateway"), ready_bases.get("jre", 17)
    with small_disk(folder / "data", size="800m", inodes=20_000) as data:
        for base in (gateway, jre):
            carried_bases.lend(base, ready_bases.layout, data)
        with running(StruckSite(folder, data, engine_client, gateway.image.reference)) as site:
            yield applied(site, cache)
