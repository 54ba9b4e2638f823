"""A workshop for tests of the use cases: real ledger, store and content; engine, queue and feed are fakes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from buildsvc.engines.blue_green import Timing
from buildsvc.image.bases import BaseCache
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings
from buildsvc.store.analyses import Analyses
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.bundle.promised import Promised
from buildsvc.store.secrets import Secrets
from buildsvc.usecases.apply import submit
from buildsvc.usecases.perform import perform
from buildsvc.usecases.receive import intake
from buildsvc.usecases.site import KnownLibraries, Site, SiteBuildpacks, Workshop
from tests import forge, small_images
from tests.engine_site import Lost
from tests.fake_engine.engine import FakeEngine
from tests.fakes import FakeFeed, FakeJobs, SettableClock
from tests.ledgers import open_ledger

COMPOSE = """\
name: shop
services:
  order:
    x-buildsvc: {artifact: order-service, soak: 60s, drain: 5s}
    ports: ["8080:8080"]
    environment: {GREETING: hello, DB_PASSWORD: geheim}
  stock:
    x-buildsvc: {artifact: stock-service}
    expose: ["8080"]
  cache:
    image: redis:7
"""


class Bench:
    """A site named by its parts, with one worker `one`; `alive` says which workers still are."""

    def __init__(self, folder: Path, *, java: int | None = 17, **more: str) -> None:
        self.clock = SettableClock()
        self.settings: Settings = read({"BUILDSVC_DATA": str(folder), **more})
        for place in (self.settings.paths.tmp, self.settings.paths.bases):
            place.mkdir(parents=True)
        self.ledger = open_ledger(folder / "ledger.db", self.clock)
        self.jobs, self.feed = FakeJobs(), FakeFeed()
        layout = Layout(folder, self.settings.paths.tmp)
        bases = BaseCache(self.settings.paths.bases, layout)
        bases.put(small_images.base(layout, None, kind="gateway"))
        if java is not None:
            bases.put(small_images.base(layout, java))
        self.engine = FakeEngine(Timing(self._now, self.clock.forward))
        self.engine.images.add("redis:7")
        self.living = {"one"}
        self.memory = 8 << 30
        self.site = Site(
            settings=self.settings,
            ledger=self.ledger,
            artifacts=Artifacts(folder, self.settings.paths.tmp),
            analyses=Analyses(folder, self.settings.paths.tmp, "test"),
            secrets=Secrets(self.ledger, self.settings.paths.secret_key),
            layout=layout,
            bases=bases,
            images=ImageCache(self.settings.paths.images, layout),
            jobs=self.jobs,
            feed=self.feed,
            clock=self.clock,
            known=KnownLibraries(self.ledger),
            buildpacks=SiteBuildpacks(self.settings.buildpacks),
            promised=Promised(layout),
        )
        self.workshop = self.worker("one")

    def _now(self) -> float:
        return self.clock.time.timestamp()

    def worker(self, name: str) -> Workshop:
        """Another worker of the same site, alive."""
        self.living.add(name)
        return Workshop(
            self.site,
            self.engine,
            lambda: (),
            name,
            lambda other: other in self.living,
            memory=lambda: self.memory,
            wait=self.clock.forward,
        )

    def apply(self, text: str = COMPOSE, *, remove_orphans: bool = True) -> Deployment:
        accepted = submit.submit(
            self.site,
            io.BytesIO(text.encode()),
            file=None,
            content_type="application/yaml",
            actor="ann",
            door="api",
            remove_orphans=remove_orphans,
        )
        return self.run(accepted)

    def push(
        self,
        version: str = "1.0",
        *,
        application: str | None = None,
        component: str | None = None,
        force: bool = False,
        data: bytes | None = None,
        filename: str = "order-service.jar",
        anyway: bool = True,
        accept_gap: bool = False,
    ) -> Accepted:
        told = intake.Upload(filename, "ann", "api", application, component, force, anyway, accept_gap)
        return intake.receive(self.site, io.BytesIO(data if data is not None else jar(version)), told)

    def run(self, accepted: Accepted, workshop: Workshop | None = None) -> Deployment:
        """Take a deployment as far as it goes; what it is by then."""
        assert accepted.deployment is not None
        perform(workshop or self.workshop, accepted.deployment.id)
        return self.ledger.deployment(accepted.deployment.id)

    def lost(self, accepted: Accepted, call: str = "ensure", when: Callable[[], bool] = lambda: True) -> None:
        """Run it by the worker `one`, which is lost where it makes this call of the engine."""
        usual = getattr(self.engine, call)

        def lose(*given: object) -> object:
            if when():
                raise Lost
            return usual(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.engine, call, lose)
            with pytest.raises(Lost):
                self.run(accepted)
        self.living.discard("one")

    def live(self, version: str = "1.0", component: str = "order") -> Deployment:
        """Push and run a version of a component."""
        return self.run(self.push(version, application="shop", component=component))

    def kinds(self, deployment: Deployment) -> list[str]:
        return [recorded.event.kind for recorded in self.ledger.events(deployment.id)]

    def occupants(self, component: str = "order") -> dict[int | None, str]:
        """Release and slot of everything that stands in a component's places."""
        return {one.release: one.slot for one in self.engine.places["shop", component].occupants.values()}

    def serving(self, component: str = "order") -> int | None:
        """The release that the gateway sends requests to."""
        place = self.engine.places["shop", component]
        return next((one.release for one in place.occupants.values() if one.slot == place.active), None)


def jar(version: str = "1.0", artifact: str = "order-service", java: int = 17) -> bytes:
    return forge.jar(main="demo.Main", java=java, extra=forge.pom_properties("demo", artifact, version))
