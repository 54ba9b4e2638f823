"""One artifact through the same calls as the service makes: the door's check, analysis, base, layers, load."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from buildpacks.archives.tars import as_zip
from buildpacks.errors import Failure
from buildsvc.engines.docker import load
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from buildsvc.model.events import Event, Warned
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.build.order import Order
from scripts.made import MadeBases
from scripts.proof import running
from scripts.proof.listing import Artifact
from scripts.proof.outcome import Build, Outcome, faults

RELEASES = (8, 11, 17, 21, 25)
TOMCATS = ("9.0", "10.1", "11.0")


@dataclass
class Bench:
    """Where it is tried: the shared bases, an engine, and the base images that were loaded into that engine for it."""

    bases: MadeBases
    client: EngineClient
    loaded: dict[str, Image] = field(default_factory=dict)

    def prepare(self, artifacts: Iterable[Artifact] | None = None) -> None:
        """Have the bases that these need by the list; without any, all that an unknown one may need."""
        known = None if artifacts is None else list(artifacts)
        for java in RELEASES if known is None else sorted({one.base for one in known if one.base}):
            self.bases.get("jre", java)
        for name in TOMCATS if known is None else sorted({one.server for one in known if one.server}):
            self.bases.tomcat(name)

    def clear(self) -> None:
        """Take the base images out of the engine that were not there before."""
        for reference in self.loaded:
            self.client.untag(reference)
        self.loaded.clear()


def prove(bench: Bench, artifact: Artifact, path: Path) -> Outcome:
    """Build and run it, and compare with what is expected. Nothing of it is left in the engine."""
    name = artifact.filename or path.name
    with _site(bench) as (layout, bases):
        outcome = Outcome(artifact, path.stat().st_size)
        warnings: list[str] = []
        began = time.monotonic()
        try:
            with as_zip(path, name) as jar:
                order = Order(bench.bases.platform, _reference(name))
                built = build_file(layout, bases, jar, order, lambda event: _note(event, warnings), filename=name)
            seconds = time.monotonic() - began
            _load(bench, layout, built)
            outcome = replace(outcome, build=_facts(built, bases, seconds, warnings))
            outcome = replace(outcome, run=running.run(bench.client, artifact, built))
        except Failure as failure:
            outcome = replace(outcome, refused=failure.code, said=str(failure))
        finally:
            bench.client.untag(_reference(name))
    return replace(outcome, faults=faults(outcome))


@contextmanager
def _site(bench: Bench) -> Iterator[tuple[Layout, BaseCache]]:
    """A content store that holds the bases and nothing else, so that every build is a first one."""
    folder = Path(tempfile.mkdtemp(dir=bench.bases.folder.parent, prefix="artifact-"))
    try:
        bench.bases.into(folder)
        layout = Layout(folder, folder / "tmp")
        layout.prepare()
        yield layout, BaseCache(folder / "bases", layout)
    finally:
        shutil.rmtree(folder)


def _reference(name: str) -> str:
    return f"buildsvc-artifacts/one:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _note(event: Event, warnings: list[str]) -> None:
    if isinstance(event, Warned):
        warnings.append(event.message)


def _load(bench: Bench, layout: Layout, built: Built) -> None:
    if bench.client.image(built.base.reference) is None:
        bench.loaded[built.base.reference] = built.base
        load.load(bench.client, layout, built.base, (), None)
    load.load(bench.client, layout, built.image, (built.base,), None)


def _facts(built: Built, bases: BaseCache, seconds: float, warnings: list[str]) -> Build:
    base = next(one for one in bases.list() if one.name == built.facts.base)
    above = built.image.layers[len(built.base.layers) :]
    size = sum(layer.descriptor.size for layer in above)
    return Build(built.facts.buildpack, built.facts.java, base.java, len(above), size, seconds, tuple(warnings))
