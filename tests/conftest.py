"""What tests share: an engine that answers, base images made once, applications of others fetched once.

All of it lies in `.cache/` and outlives the run. In CI nothing is skipped: what is missing there fails.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Never

import docker
import pytest

from buildpacks.errors import Failure
from scripts import owned
from scripts.made import CACHE, MadeBases, made_bases
from scripts.published import WIREMOCK, ZIPKIN, fetch
from tests import ledgers
from tests.two_platforms import ARM64

IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}


def lacking(what: str) -> Never:
    """Skip this test with a reason; in CI fail it."""
    if IN_CI:
        pytest.fail(f"{what} (in CI nothing is skipped)")
    pytest.skip(what)


@pytest.fixture(autouse=True)
def what_a_marker_asks_for(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("engine"):
        request.getfixturevalue("engine_client")
    if request.node.get_closest_marker("browser") and not (shutil.which("chromium") and shutil.which("chromedriver")):
        lacking("Chromium and its driver are not installed: apt-get install chromium chromium-driver")


@pytest.fixture(scope="session")
def javac() -> str:
    """The Java compiler of this machine."""
    found = shutil.which("javac")
    if found is None:
        lacking("javac is not installed: apt-get install default-jdk-headless")
    return found


@pytest.fixture(autouse=True)
def told_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the terminal's language is: tests read sentences."""
    monkeypatch.setenv("BUILDSVC_LANGUAGE", "en")


@pytest.fixture(autouse=True)
def no_ledger_stays_open() -> Iterator[None]:
    yield
    ledgers.close_all()


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def long_too(pytestconfig: pytest.Config) -> bool:
    """Whether the long part of the tests is wanted as well."""
    return "not long" not in str(pytestconfig.getoption("markexpr"))


@pytest.fixture(scope="session")
def engine_client() -> Iterator[docker.DockerClient]:
    """A client of the Docker Engine that answers here."""
    fault = owned.engine_fault()
    if fault:
        lacking(f"No Docker Engine answers: {fault}")
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder that keeps what is costly to make between runs."""
    CACHE.mkdir(exist_ok=True)
    return CACHE


@pytest.fixture(scope="session")
def bases() -> MadeBases:
    """The cache of base images that tests share; `get` makes what is missing."""
    return made_bases()


@pytest.fixture(scope="session")
def ready_bases(bases: MadeBases) -> MadeBases:
    """The same, with what a site needs to run jars for Java 17: a JRE and the gateway."""
    bases.get("gateway")
    bases.get("jre", 17)
    return bases


@pytest.fixture(scope="session")
def arm_bases(bases: MadeBases) -> MadeBases:
    """A JRE for arm64, whatever this machine is. The archives of some distributions, as apt is configured for them,
    hold packages for one architecture only.
    """
    arm = replace(bases, platform=ARM64)
    try:
        arm.get("jre", 17)
    except Failure as failure:
        if failure.code not in {"packages-unreachable", "no-package"}:
            raise
        lacking(f"No packages for arm64 can be had here: {failure}")
    return arm


@pytest.fixture
def site_data(ready_bases: MadeBases, tmp_path: Path) -> Path:
    """A fresh data directory whose bases are there already."""
    return ready_bases.into(tmp_path / "data")


@pytest.fixture(scope="session")
def zipkin_jars(cache: Path) -> tuple[Path, Path]:
    """A published Spring Boot application, an older version and the next one."""
    older, newer = (fetch(coordinates, cache) for coordinates in ZIPKIN)
    return older, newer


@pytest.fixture(scope="session")
def wiremock_jars(cache: Path) -> tuple[Path, Path]:
    """A published executable jar that serves HTTP, an older version and the next one."""
    older, newer = (fetch(coordinates, cache) for coordinates in WIREMOCK)
    return older, newer
