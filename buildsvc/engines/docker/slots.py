"""The two places of one jar component on one Docker Engine: `Slots` for the swap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from buildpacks.errors import Conflict, DeploymentFailed, Failure, Refused
from buildsvc.engines import gateway, health
from buildsvc.engines.base import Publish, RollOut
from buildsvc.engines.docker import containers, freezer, gateway_client, gateways, labels, looking, prober, volumes
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.gateway_client import GatewayClient
from buildsvc.engines.gateway import protocol
from buildsvc.engines.registry import Ask, RegistryReply
from buildsvc.engines.swap import Timing
from buildsvc.engines.two_places import GatewayCounters, Occupant, Restart
from buildsvc.model.application import Component
from buildsvc.model.raised import warned

MEMORY_RESERVE = 256 * 2**20
"""Bytes of the host's memory that stay free beside both instances."""
SWITCHINGS = 5
"""Times that a switch is made anew because the gateway was started again meanwhile."""
RESOLVED_WITHIN = 15.0
"""Seconds in which a gateway that knows its slots by name looks up a new instance; it asks once a second."""
UNKNOWN_NEED = 512 * 2**20
"""Bytes that an instance is taken to need when neither a limit nor a former instance tells."""


def occupant(found: Mapping[str, Any]) -> Occupant:
    """Read a container of role instance."""
    marks = found["Config"]["Labels"]
    release = marks.get(labels.RELEASE, "")
    state = found["State"]
    return Occupant(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        slot=marks[labels.SLOT],
        running=bool(state["Running"]) and not state["Restarting"],
        release=int(release) if release.isdigit() else None,
        deployment=marks.get(labels.DEPLOYMENT),
        restart=containers.read_restart(found["HostConfig"]["RestartPolicy"]),
        restarts=int(found.get("RestartCount", 0)),
        exit_code=None if state["Running"] else int(state["ExitCode"]),
        paused=bool(state.get("Paused")),
    )


class DockerSlots:
    """Implements `engines.base.Slots`. The gateway is looked at once and then again only after it was told something;
    what is asked of it goes over one session, until `close`.
    """

    def __init__(
        self, client: EngineClient, application: str, component: str, config: gateway.Gateway, timing: Timing
    ) -> None:
        self.client = client
        self.application = application
        self.component = component
        self.config = config
        self.timing = timing
        self._gateway: GatewayClient | None = None
        self._seen: str | None = None
        self._prepared: Component | None = None

    @property
    def gateway(self) -> GatewayClient:
        if self._gateway is None:
            self._gateway = gateway_client.reach(self.client, self.application, self.component)
        return self._gateway

    def close(self) -> None:
        """End the session with the gateway, if there is one."""
        if self._gateway is not None:
            self._gateway.close()

    def _look(self) -> str:
        """Memory and server states as the gateway's client prints them."""
        if self._seen is None:
            self._seen = self.gateway.look()
        return self._seen

    def _tell(self, *commands: str) -> str:
        self._seen = None
        return self.gateway.runtime(*commands)

    def active(self) -> str | None:
        return gateway.active_slot(gateway.servers(self._look()))

    def occupants(self) -> tuple[Occupant, ...]:
        wanted = labels.ours(self.application, self.component, "instance")
        return tuple(occupant(found) for found in self.client.containers(wanted))

    def preflight(self, spec: RollOut) -> None:
        if self.client.image(spec.image_reference) is None:
            raise Refused("image-missing.removed", images=spec.image_reference)
        if self._prepared == spec.component:
            self._seen = None
        else:
            self.prepare(spec)

    def prepare(self, spec: RollOut) -> None:
        """Do all of `preflight` that needs no image but some. Raises as that does."""
        self._seen = None
        carried = {server.proxy for server in gateway.servers(self._look())}
        wanted = {route.proxy for route in self.config.routes}
        if not wanted <= carried:
            missing = ", ".join(sorted(proxy[1:] for proxy in wanted - carried))
            raise Conflict("gateway-ports", component=self.component, missing=missing)
        if volumes.writable(spec.component) or any(m.kind == "content" for m in spec.component.mounts):
            former = next((o for o in self.occupants() if o.slot == self.active()), None)
            volumes.preflight(self.client, spec, former.id if former else None)
        self._prepared = spec.component

    def tight(self, spec: RollOut, old: Occupant) -> bool:
        need = spec.component.limits.memory or self.client.memory(old.id) or UNKNOWN_NEED
        return gateway.memory_available(self._look()) - need < MEMORY_RESERVE

    def start(self, spec: RollOut, slot: str) -> Occupant:
        creation = containers.instance(spec, slot)
        found = self.client.inspect(creation.name)
        if found:
            self.client.remove(creation.name)
        try:
            made = gateways.build(self.client, creation)
            volumes.put_files(self.client, made, spec.component.mounts, spec.contents)
            self.client.start(made)
        except Failure as error:
            raise DeploymentFailed("start-failed", name=creation.name, error=error) from error
        started = self.client.inspect(made)
        assert started is not None
        return occupant(started)

    def wait_healthy(self, spec: RollOut, new: Occupant, stopped: Callable[[], bool], publish: Publish) -> None:
        limit = spec.component.jar.deadline if spec.component.jar else prober.DEFAULT_DEADLINE
        prober.Waiting(
            client=self.client,
            gateway=self.gateway,
            address=self.config.address(new.slot),
            spec=spec,
            new=new,
            stopped=stopped,
            publish=publish,
            timing=self.timing,
            tried={},
            began=self.timing.now(),
            until=self.timing.now() + limit,
        ).until_healthy()

    def report(self, spec: RollOut, new: Occupant, publish: Publish) -> None:
        looking.warn_of_sockets(self.client, spec, new.id, publish)
        if self.gateway.version < protocol.VERSION:
            publish(
                warned(
                    "gateway-older",
                    component=self.component,
                    version=self.gateway.version,
                    own=protocol.VERSION,
                    application=self.application,
                )
            )

    def failing(self, spec: RollOut, new: Occupant) -> str | None:
        return prober.look(self.client, self.gateway, self.config.address(new.slot), spec, new.id)

    def ask(self, spec: RollOut, occupant: Occupant, path: str, times: int) -> tuple[str, ...]:
        main = health.discovery(spec).main
        try:
            told = self.gateway.probe(
                self.config.address(occupant.slot),
                [health.Probe(main, path)] * times,
                last="",
                seconds=1,
                pace=prober.AT_ONCE,
            )
        except Failure:
            return ()
        return tuple(told)

    def addresses(self, occupant: Occupant) -> frozenset[str]:
        found = self.client.inspect(occupant.id)
        networks = found["NetworkSettings"]["Networks"] if found else {}
        return frozenset(one["IPAddress"] for one in networks.values() if one.get("IPAddress"))

    def call(self, ask: Ask) -> RegistryReply:
        try:
            return self.gateway.call(ask)
        except Failure:
            return RegistryReply(0)

    def same(self, spec: RollOut, occupant: Occupant) -> bool:
        found = self.client.inspect(occupant.id)
        wanted = containers.instance(spec, occupant.slot).spec
        return found is not None and found["Config"]["Labels"].get(labels.SPEC) == wanted

    def switch(self, to: str) -> None:
        # A gateway that was started in between came up with what its configuration said at that moment.
        for _ in range(SWITCHINGS):
            since = self.gateway.started()
            self._switch(to)
            if since and self.gateway.started() == since:
                return
            self._seen = None
        raise Failure("gateway-failed.restarts", gateway=self.gateway.name)

    def _await_address(self, to: str) -> None:
        """Where the gateway knows slots by name, wait until it has found this one: before that it cannot serve."""
        until = self.timing.now() + RESOLVED_WITHIN
        mine = {route.proxy for route in self.config.routes}
        while self.timing.now() < until:
            found = gateway.servers(self._tell(gateway.STATES))
            if all(one.address != gateway.UNRESOLVED for one in found if one.proxy in mine and one.slot == to):
                return
            self.timing.sleep(0.1)

    def _switch(self, to: str) -> None:
        if gateway.is_name(self.config.address(to)):
            self._await_address(to)
        after = gateway.servers(self._tell(*gateway.switch_commands(self.config, to), gateway.STATES))
        mine = {route.proxy for route in self.config.routes}
        wrong = [s for s in after if s.proxy in mine and s.serving != (s.slot == to)]
        if wrong or gateway.active_slot(after) != to:
            names = ", ".join(f"{s.proxy}/{s.slot}" for s in wrong)
            raise Failure("gateway-failed.switch", gateway=self.gateway.name, names=names, to=to)
        self.gateway.write(self.config.with_active(to))

    def hold(self, slot: str) -> None:
        self._tell(*gateway.hold_commands(self.config, slot))

    def release(self, slot: str) -> None:
        self._tell(*gateway.release_commands(self.config, slot))

    def connections(self, slot: str) -> int:
        return gateway.sessions(self._tell(gateway.STATISTICS), slot)

    def traffic(self) -> GatewayCounters | None:
        try:
            return gateway.traffic(self.gateway.statistics())
        except Failure:
            return None

    def cut(self, slot: str) -> None:
        self._tell(*gateway.cut_commands(self.config, slot))

    def restart_policy(self, occupant: Occupant, policy: Restart) -> None:
        self.client.restart_policy(occupant.id, containers.restart_policy(policy))

    def revive(self, occupant: Occupant) -> None:
        self.client.start(occupant.id)

    def pause(self, occupant: Occupant) -> None:
        freezer.pause(self.client, occupant.id)

    def thaw(self, occupant: Occupant) -> None:
        freezer.thaw(self.client, occupant.id)

    def stop(self, occupant: Occupant, grace: float) -> None:
        freezer.stop(self.client, occupant.id, grace)

    def remove(self, occupant: Occupant) -> None:
        self.client.remove(occupant.id)
