"""Base images that scripts and tests need, made once into `.cache` and kept between runs."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from buildpacks.kinds import tomcat
from buildpacks.platforms import Platform
from buildsvc.engines.gateway import protocol
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.image.making.apt import PackageSource
from buildsvc.image.making.make import make
from buildsvc.image.making.maven import make_tomcat
from buildsvc.image.making.recipe import load
from buildsvc.image.types import BaseImage
from buildsvc.store.durable_files import alone
from scripts.maven import repository_alone
from scripts.published import WIREMOCK, ZIPKIN, fetch

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"


@dataclass(frozen=True)
class MadeBases:
    """Base images for one platform, made on first use. `folder` is a data directory with them alone."""

    folder: Path
    platform: Platform

    @property
    def layout(self) -> Layout:
        return Layout(self.folder, self.folder / "tmp")

    @property
    def cache(self) -> BaseCache:
        return BaseCache(self.folder / "bases", self.layout)

    def get(self, kind: str, java: int | None = None) -> BaseImage:
        """The newest of that kind; made when there is none, by one process at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder.parent / "bases.lock"):
            return self._get(kind, java)

    def _get(self, kind: str, java: int | None) -> BaseImage:
        found = [base for base in self.cache.list() if (base.kind, base.java) == (kind, java)]
        found = [base for base in found if base.image.platform == self.platform]
        if found:
            return found[-1]
        source = PackageSource(self.folder.parent / "packages")
        return self.cache.put(
            make(load(kind, java, given=protocol.given()), self.platform, source=source, layout=self.layout)
        )

    def tomcat(self, name: str) -> BaseImage:
        """The Tomcat of that line (`10.1`), in the release that the recipe names; fetched when there is none."""
        line = next(line for line in tomcat.lines() if line.name == name)
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder.parent / "bases.lock"):
            found = [base for base in self.cache.list() if (base.kind, base.release) == (tomcat.KIND, line.version)]
            if found:
                return found[-1]
            above = self.folder.parent
            with repository_alone(above):
                made = make_tomcat(line, folder=above / "packages", layout=self.layout, repository=above / "m2")
            return self.cache.put(made)

    def into(self, data: Path) -> Path:
        """Hard links to all of it below another data directory, so that a site there has these bases."""
        for name in ("blobs", "bases", "oci-layout", "index.json"):
            source = self.folder / name
            if source.is_dir():
                shutil.copytree(source, data / name, copy_function=_link, dirs_exist_ok=True)
            elif source.exists():
                data.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, data / name)
        return data


def made_bases(platform: Platform | None = None) -> MadeBases:
    """The shared ones, by default for this machine's platform. A changed recipe begins a new cache."""
    recipes = hashlib.sha256()
    for file in sorted((ROOT / "buildpacks" / "bases").rglob("*")):
        if file.is_file():
            recipes.update(file.read_bytes())
    recipes.update(protocol.program())
    return MadeBases(CACHE / f"bases-{recipes.hexdigest()[:8]}", platform or Platform.parse(os.uname().machine))


def _link(source: str, target: str) -> str:
    """A hard link; a copy where the target lies on another file system. What is there has that name for its content."""
    try:
        os.link(source, target)
    except FileExistsError:
        return target
    except OSError:
        shutil.copy2(source, target)
    return target


def make_ready() -> None:
    """What most tests wait for, first what all of them need: run beside the checks, so that nobody waits."""
    here = made_bases()
    for kind, java in (("gateway", None), ("jre", 17), ("redis", None), ("nginx", None), ("jre", 8)):
        here.get(kind, java)
    made_bases(Platform.parse("linux/arm64")).get("jre", 17)
    for coordinates in (*ZIPKIN, *WIREMOCK):
        fetch(coordinates, CACHE)


if __name__ == "__main__":
    make_ready()
