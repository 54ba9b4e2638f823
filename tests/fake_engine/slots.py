"""The places of the fake engine: what a swap does to them is recorded, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from buildpacks.errors import Conflict, DeploymentFailed, Failure, Refused
from buildsvc.engines import health
from buildsvc.engines.base import Publish, RollOut
from buildsvc.engines.registry import Ask, RegistryReply
from buildsvc.engines.two_places import GatewayCounters, Occupant, Restart
from buildsvc.model.events import HealthChosen

Key = tuple[str, str]
NEVER_HEALTHY = "never-healthy"
ENDS = "ends"
ENDS_ONCE = "ends-once"


@dataclass
class Place:
    """One jar component: what its gateway does, and who stands in its slots."""

    active: str | None = None
    held: bool = False
    occupants: dict[str, Occupant] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    ending: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Slot -> connections that end by themselves at this moment."""
    traffic: GatewayCounters | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """Path -> `CODE:EXIT`, where that is not 200."""
    unhealthy: str | None = None
    """Why health fails from now on; None while it is well."""


class World:
    """What a fake engine remembers; `calls` lists what happened, in order, as tuples of words."""

    def __init__(self) -> None:
        self._made = 0
        self.calls: list[tuple[str, ...]] = []
        self.times: list[float] = []
        """When each of the calls was made."""
        self.others_answer: Callable[[Ask], RegistryReply] = lambda _ask: RegistryReply(0)
        """What somebody else on the network answers."""
        self.images: set[str] = set()
        self.places: dict[Key, Place] = {}
        self.broken: set[str] = set()
        """Names of calls that fail, to see what the rest does then."""
        self.short_of_memory = False
        self.exclusive = False
        """Whether every instance wants the same lock, so that only one of a component can run."""

    def record(self, *words: str) -> None:
        """Write a call down. Raises Failure `fake-broken` when that call is to fail."""
        self.calls.append(words)
        self.times.append(self.now())
        if words[0] in self.broken:
            raise Failure("fake-broken", f"{words[0]} was told to fail.")

    def now(self) -> float:
        """Seconds since 1970; an engine that has a clock says so by it."""
        return 0.0

    def fresh(self, kind: str) -> str:
        """Return an id that was never given before."""
        self._made += 1
        return f"{kind}-{self._made}"


@dataclass(frozen=True)
class FakeSlots:
    """Implements `engines.base.Slots` over one `Place`; also forgiving where the real one is."""

    engine: World
    key: Key

    @property
    def place(self) -> Place:
        found = self.engine.places.get(self.key)
        if found is None:
            raise Conflict("no-gateway", f"{self.key[1]} has no gateway.", "Run `buildsvc apply` first.")
        return found

    def active(self) -> str | None:
        return self.place.active

    def occupants(self) -> tuple[Occupant, ...]:
        found = self.engine.places.get(self.key)
        return tuple(found.occupants.values()) if found is not None else ()

    def preflight(self, spec: RollOut) -> None:
        self.engine.record("preflight", spec.component.name)
        if spec.image_reference not in self.engine.images:
            raise Refused("image-missing", f"The engine has no image {spec.image_reference}.", "Push again.")

    def tight(self, spec: RollOut, old: Occupant) -> bool:
        return self.engine.short_of_memory

    def start(self, spec: RollOut, slot: str) -> Occupant:
        self.engine.record("start", slot)
        if any(one.slot == slot for one in self.occupants()):
            raise Conflict("engine-conflict", f"Slot {slot} is taken.")
        made = self.engine.fresh("instance")
        one = Occupant(made, made, slot, True, spec.release, spec.deployment, Restart())
        self.place.occupants[made] = one
        self.place.images[made] = spec.prepared[0] if spec.prepared else spec.image_reference
        self.place.environments[made] = dict(spec.environment)
        return one

    def wait_healthy(self, spec: RollOut, new: Occupant, stopped: Callable[[], bool], publish: Publish) -> None:
        self.engine.record("wait_healthy", new.name)
        reference = self.place.images[new.id]
        if stopped():
            raise DeploymentFailed("cancelled", "The deployment was cancelled; the former release serves.")
        may = spec.component.jar.may_end if spec.component.jar else 0
        if ENDS_ONCE in reference and may:
            publish(health.ended_as_it_may(spec.component.name, 10, 1, may))
        elif ENDS in reference:
            ended = {"component": spec.component.name, "exit": 1, "times": 0, "killed": False}
            raise DeploymentFailed("instance-ended", log_tail=("no database",), **ended)
        if NEVER_HEALTHY in reference:
            limit = spec.component.jar.deadline if spec.component.jar else 0
            raise DeploymentFailed("not-healthy", f"{new.name} was not healthy within {limit:g} s.", "", ("starting",))
        publish(HealthChosen("GET /actuator/health", "a fake always answers there"))

    def report(self, spec: RollOut, new: Occupant, publish: Publish) -> None:
        """Nothing to warn of."""

    def failing(self, spec: RollOut, new: Occupant) -> str | None:
        return self.place.unhealthy

    def ask(self, spec: RollOut, occupant: Occupant, path: str, times: int) -> tuple[str, ...]:
        self.engine.record("ask", occupant.name, path, str(times))
        return (self.place.answers.get(path, "200:0"),) * times

    def addresses(self, occupant: Occupant) -> frozenset[str]:
        return frozenset({"10.0.0.2" if occupant.slot == "blue" else "10.0.0.3"})

    def call(self, ask: Ask) -> RegistryReply:
        return self.engine.others_answer(ask)

    def same(self, spec: RollOut, occupant: Occupant) -> bool:
        return self.place.environments.get(occupant.id) == dict(spec.environment)

    def switch(self, to: str) -> None:
        self.engine.record("switch", to)
        self.place.active = to

    def hold(self, slot: str) -> None:
        self.engine.record("hold", slot)
        self.place.held = True

    def release(self, slot: str) -> None:
        self.engine.record("release", slot)
        self.place.held = False

    def connections(self, slot: str) -> int:
        count, ends = self.place.ending.get(slot, (0, 0.0))
        return self.place.connections.get(slot, 0) + (count if self.engine.now() < ends else 0)

    def traffic(self) -> GatewayCounters | None:
        return self.place.traffic

    def cut(self, slot: str) -> None:
        self.engine.record("cut", slot)
        self.place.connections.pop(slot, None)
        self.place.ending.pop(slot, None)
        if self.place.active == slot:
            self.place.active = None

    def change(self, occupant: Occupant, **values: object) -> None:
        """Overwrite facts of an occupant that is still there."""
        found = self.place.occupants.get(occupant.id)
        if found:
            self.place.occupants[occupant.id] = replace(found, **values)  # type: ignore[arg-type]

    def restart_policy(self, occupant: Occupant, policy: Restart) -> None:
        self.engine.record("restart_policy", occupant.name, policy.when)
        self.change(occupant, restart=policy)

    def revive(self, occupant: Occupant) -> None:
        self.engine.record("revive", occupant.name)
        if self.engine.exclusive and any(one.running or one.restarts for one in self.occupants() if one != occupant):
            raise DeploymentFailed("start-failed", name=occupant.name, error="the lock is taken")
        self.change(occupant, running=True, exit_code=None)

    def pause(self, occupant: Occupant) -> None:
        self.engine.record("pause", occupant.name)
        self.change(occupant, paused=True)

    def thaw(self, occupant: Occupant) -> None:
        self.engine.record("thaw", occupant.name)
        self.change(occupant, paused=False)

    def stop(self, occupant: Occupant, grace: float) -> None:
        self.engine.record("stop", occupant.name, str(grace))
        self.change(occupant, running=False, paused=False, exit_code=143, restarts=0)

    def remove(self, occupant: Occupant) -> None:
        self.engine.record("remove", occupant.name)
        self.place.occupants.pop(occupant.id, None)
