"""The two places of a jar component, for engines that have no swap of their own: what `blue_green` asks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from buildsvc.engines.base import Publish, RollOut
from buildsvc.engines.registry.registered import Ask, RegistryReply
from buildsvc.model.answer_times import Counts

SLOTS = ("blue", "green")
"""The two places of a jar component."""


def other(slot: str | None) -> str:
    """Return the slot that is free when `slot` serves; blue when none does."""
    return "green" if slot == "blue" else "blue"


@dataclass(frozen=True)
class Restart:
    """When an instance that ended is started again: `when` is no, on-failure, always or unless-stopped, as a component
    says it; `retries` limits on-failure, 0 is without limit.
    """

    when: str = "no"
    retries: int = 0


@dataclass(frozen=True)
class SlotCounters:
    """What one slot answered since its gateway started: requests, and those of them that were answered with 5xx."""

    requests: int
    errors: int


@dataclass(frozen=True)
class GatewayCounters:
    """A gateway's own counters, of all its ports: requests (connections where a port is no HTTP), those that it or the
    instance answered with 5xx or could not connect, and the tries that were repeated.
    """

    requests: int
    failed: int
    retried: int
    slots: Mapping[str, SlotCounters] = field(default_factory=dict)
    """By slot, of its ports that carry HTTP."""
    took: Counts = field(default_factory=dict)
    """How long instances took to answer, since the gateway started; empty where it does not keep that."""
    recent: Counts = field(default_factory=dict)
    """The same of the last minute."""


@dataclass(frozen=True)
class Occupant:
    """What stands in one slot of a jar component."""

    id: str
    name: str
    slot: str
    running: bool
    release: int | None
    deployment: str | None
    restart: Restart
    restarts: int = 0
    exit_code: int | None = None
    paused: bool = False
    """Frozen: it is there and gets no processor. It counts as running."""


class Slots(Protocol):
    """The two places of one jar component and the gateway in front of them, as one engine has them.

    Every method may be called again after a crash in its middle: what is done already is left alone.
    """

    def active(self) -> str | None:
        """Return the slot that the gateway sends requests to (blue, green), None while the component waits."""

    def occupants(self) -> tuple[Occupant, ...]: ...

    def preflight(self, spec: RollOut) -> None:
        """Everything that can be refused before anything changes: image, gateway, networks, writable mounts."""

    def tight(self, spec: RollOut, old: Occupant) -> bool:
        """Tell whether the host's memory has no room for both instances."""

    def start(self, spec: RollOut, slot: str) -> Occupant:
        """Start an instance of `spec` in a free slot, with no restart policy."""

    def wait_healthy(self, spec: RollOut, new: Occupant, stopped: Callable[[], bool], publish: Publish) -> None:
        """Return when healthy. Raises DeploymentFailed at the deadline, when the instance ended, when `stopped`."""

    def report(self, spec: RollOut, new: Occupant, publish: Publish) -> None:
        """Warn of what a look at a healthy instance shows: ports that nobody carries. Called beside the
        switch, by a thread of its own.
        """

    def failing(self, spec: RollOut, new: Occupant) -> str | None:
        """One look at a live instance: why its health fails, or None."""

    def ask(self, spec: RollOut, occupant: Occupant, path: str, times: int) -> tuple[str, ...]:
        """GET a path of the instance's main port, one time after the other: `CODE:EXIT` of each, as far as it answered.
        Raises nothing.
        """

    def addresses(self, occupant: Occupant) -> frozenset[str]:
        """Return the addresses that a running instance has on its networks."""

    def call(self, ask: Ask) -> RegistryReply:
        """Ask somebody on the component's networks, from there; status 0 where nobody answers. Raises nothing."""

    def same(self, spec: RollOut, occupant: Occupant) -> bool:
        """Whether `start` would make this very instance of `spec` now: image, command, environment, limits, mounts."""

    def switch(self, to: str) -> None:
        """Send requests to `to` from now on, and drain the other slot, without a gap; a gateway that restarts keeps it
        so.
        """

    def hold(self, slot: str) -> None:
        """Let requests for this slot wait in the gateway."""

    def release(self, slot: str) -> None:
        """They go through again."""

    def connections(self, slot: str) -> int: ...

    def traffic(self) -> GatewayCounters | None:
        """Return what the gateway has counted since it started; None where it does not tell, which fails nothing."""

    def cut(self, slot: str) -> None:
        """End the connections that are left, and take the slot off."""

    def restart_policy(self, occupant: Occupant, policy: Restart) -> None:
        """From now on the engine starts it again by this policy."""

    def revive(self, occupant: Occupant) -> None:
        """Start a stopped instance again."""

    def pause(self, occupant: Occupant) -> None:
        """Freeze an instance that has no connection. Raises Failure where the host cannot."""

    def thaw(self, occupant: Occupant) -> None:
        """Let it run again; nothing happens where it does."""

    def stop(self, occupant: Occupant, grace: float) -> None:
        """End an instance; one that is frozen is thawed before, to end in order."""

    def remove(self, occupant: Occupant) -> None: ...
