"""An adopted container of the fake engine, and the gateway that comes in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from buildsvc.engines.base import RollOut
from buildsvc.engines.two_places import Occupant, Restart
from buildsvc.model.instance import Instance
from tests.fake_engine.composed import ComposedWorld
from tests.fake_engine.slots import Place, World


@dataclass(frozen=True)
class FakeAdoptedPlace:
    """Implements `engines.taking_over.AdoptedPlace`."""

    engine: World
    composed: ComposedWorld
    others: dict[str, Instance]
    spec: RollOut
    now: Callable[[], datetime]

    @property
    def name(self) -> str:
        found = self.occupant()
        return found.name if found is not None else self.spec.takes_over

    def occupant(self) -> Occupant | None:
        return self.composed.occupant(self.spec.takes_over)

    def stop(self, grace: float) -> None:
        self.engine.record("stop", self.name, str(grace))
        self.composed.policies[self.spec.takes_over] = Restart()
        self.composed.change(self.spec.takes_over, state="exited", exit_code=143)

    def start(self, policy: Restart) -> None:
        found = self.occupant()
        if found is not None and not found.running:
            self.engine.record("revive", self.name)
            self.composed.change(self.spec.takes_over, state="running", exit_code=None)
            self.composed.started[self.spec.takes_over] = self.now()
        self.composed.policies[self.spec.takes_over] = policy

    def try_gateway(self) -> None:
        self.engine.record("try_gateway", self.spec.component.name)
        self.engine.places[self.spec.application, self.spec.component.name] = Place()

    def prepare_gateway(self, slot: str) -> None:
        self.engine.record("prepare_gateway", slot)

    def put_gateway_in(self, slot: str) -> None:
        self.engine.record("put_gateway_in", slot)
        name = f"{self.spec.application}-{self.spec.component.name}-gateway"
        self.others[name] = Instance(
            id=self.engine.fresh("container"),
            name=name,
            application=self.spec.application,
            component=self.spec.component.name,
            role="gateway",
            state="running",
            image=self.spec.gateway.image.reference if self.spec.gateway is not None else "",
            started=self.now(),
        )

    def take_gateways_away(self) -> None:
        self.engine.places.pop((self.spec.application, self.spec.component.name), None)
        self.others.pop(f"{self.spec.application}-{self.spec.component.name}-gateway", None)
