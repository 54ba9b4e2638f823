"""The fake engine keeps the contract with what somebody else started under Compose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from buildsvc.engines.base import Ensure, RollOut
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Network, Placement
from buildsvc.model.composed import ComposedContainer, ComposedProject
from buildsvc.model.instance import Instance
from tests.contract.adoption_contract import AdoptionContract
from tests.engine_site import MemoryJournal, Site, fake_base
from tests.fake_engine.engine import FakeEngine
from tests.swaps import fake_harness


@dataclass
class FakeComposed:
    engine: FakeEngine
    site: Site

    @property
    def name(self) -> str:
        return self.site.name

    def parts(self) -> tuple[AdoptedComponent, ...]:
        application = self.site.application
        return tuple(
            AdoptedComponent(one.name, ((f"id-{one.name}", f"{self.name}-{one.name}-1"),), one)
            for one in application.components
        )

    def wanted(self) -> Ensure:
        network = Network("default", f"{self.name}_default", external=True)
        wanted = self.site.ensure()
        application = replace(wanted.application, networks=(network,))
        return replace(wanted, application=application, placement=Placement(), adopted=self.parts())

    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut:
        reference = f"buildsvc/{self.name}-app:{release}-{kind}"
        self.engine.images.add(reference)
        spec = self.site.roll_out(journal, release, ("run",), **jar)
        gateway = fake_base(self.site.reference)
        return replace(spec, image_reference=reference, takes_over="id-app", gateway=gateway)

    def end(self, instance: Instance) -> None:
        place = self.engine.places[self.name, "app"]
        place.occupants[instance.id] = replace(place.occupants[instance.id], running=False, exit_code=1)


@pytest.fixture
def composed() -> FakeComposed:
    engine = fake_harness().engine
    site = Site("buildsvc/base:gateway", 0, 18080)
    containers = tuple(
        ComposedContainer(f"id-{name}", f"{site.name}-{name}-1", name, "running", None, "image", "sha256:0")
        for name in ("app", "db")
    )
    networks = (("default", f"{site.name}_default"),)
    engine.others_made.projects[site.name] = ComposedProject(site.name, ("compose.yaml",), "/srv", containers, networks)
    return FakeComposed(engine, site)


class TestFakeEngineAdopting(AdoptionContract):
    pass
