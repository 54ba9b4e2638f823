"""What tests share: an engine that answers, base images made once, applications of others fetched once.

All of it lies in `.cache/` and outlives the run. In CI nothing is skipped: what is missing there fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from buildpacks.platforms import Platform
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.image.making.apt import PackageSource
from buildsvc.image.making.make import make
from buildsvc.image.making.recipe import load
from buildsvc.image.types import BaseImage
from scripts import owned
from scripts.published import WIREMOCK, ZIPKIN, fetch

ROOT = Path(__file__).parents[1]
IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}


def lacking(what: str) -> None:
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
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    return folder


@dataclass(frozen=True)
class MadeBases:
    """Base images for this machine's platform, made on first use. `folder` is a data directory with them alone."""

    folder: Path
    platform: Platform

    @property
    def layout(self) -> Layout:
        return Layout(self.folder, self.folder / "tmp")

    @property
    def cache(self) -> BaseCache:
        return BaseCache(self.folder / "bases", self.layout)

    def get(self, kind: str, java: int | None = None) -> BaseImage:
        """The newest of that kind; made when there is none."""
        found = [base for base in self.cache.list() if (base.kind, base.java) == (kind, java)]
        found = [base for base in found if base.image.platform == self.platform]
        if found:
            return found[-1]
        source = PackageSource(self.folder.parent / "packages")
        return self.cache.put(make(load(kind, java), self.platform, source=source, layout=self.layout))

    def into(self, data: Path) -> Path:
        """Hard links to all of it below another data directory, so that a site there has these bases."""
        for name in ("blobs", "bases", "oci-layout", "index.json"):
            source = self.folder / name
            if source.is_dir():
                shutil.copytree(source, data / name, copy_function=os.link, dirs_exist_ok=True)
            elif source.exists():
                data.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, data / name)
        return data


@pytest.fixture(scope="session")
def bases(cache: Path) -> MadeBases:
    """The cache of base images that tests share; `get` makes what is missing. A changed recipe begins a new one."""
    recipes = hashlib.sha256()
    for file in sorted((ROOT / "buildpacks" / "bases").rglob("*")):
        if file.is_file():
            recipes.update(file.read_bytes())
    return MadeBases(cache / f"bases-{recipes.hexdigest()[:8]}", Platform.parse(os.uname().machine))


@pytest.fixture(scope="session")
def ready_bases(bases: MadeBases) -> MadeBases:
    """The same, with what a site needs to run jars for Java 17: a JRE and the gateway."""
    bases.get("gateway")
    bases.get("jre", 17)
    return bases


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
