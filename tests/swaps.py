"""An application on the fake engine, as the contract suite and the tests of the swap want it, with a clock to set."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildsvc.engines.base import Ensure, RollOut
from buildsvc.engines.blue_green import Timing
from buildsvc.engines.two_places import Occupant
from tests.engine_site import Events, MemoryJournal, Site
from tests.fake_engine.engine import FakeEngine
from tests.fake_engine.slots import Place


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class FakeHarness:
    engine: FakeEngine
    site: Site
    clock: Clock

    @property
    def name(self) -> str:
        return self.site.name

    def wanted(self) -> Ensure:
        return self.site.ensure()

    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut:
        reference = f"buildsvc/{self.name}-app:{release}-{kind}"
        if kind != "absent":
            self.engine.images.add(reference)
        return replace(self.site.roll_out(journal, release, ("run",), **jar), image_reference=reference)

    @property
    def place(self) -> Place:
        return self.engine.places[self.name, "app"]

    def of(self, release: int) -> Occupant:
        """The instance of this release."""
        return next(one for one in self.place.occupants.values() if one.release == release)

    def change(self, release: int, **values: object) -> None:
        """What the engine says of the instance of this release from now on."""
        one = self.of(release)
        self.place.occupants[one.id] = replace(one, **values)  # type: ignore[arg-type]

    def running(self) -> dict[int | None, bool]:
        """Each release that has an instance, and whether that runs."""
        return {one.release: one.running for one in self.place.occupants.values()}


def fake_harness() -> FakeHarness:
    """Make one whose application is there and waits for its first release."""
    clock = Clock()
    engine = FakeEngine(Timing(lambda: clock.now, clock.pass_by))
    site = Site("buildsvc/base:gateway", 0, 18080)
    engine.images.add(site.reference)
    engine.ensure(site.ensure(), Events())
    return FakeHarness(engine, site, clock)
