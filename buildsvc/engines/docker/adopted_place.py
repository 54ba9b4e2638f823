"""An adopted container on one Docker Engine, and the gateway that comes in its place: see `engines.taking_over`."""

from __future__ import annotations

from dataclasses import replace

from buildsvc.engines import gateway
from buildsvc.engines.base import RollOut
from buildsvc.engines.docker import containers, freezer, gateways, labels
from buildsvc.engines.docker.containers import Creation
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.slots import DockerSlots
from buildsvc.engines.docker.wire import ours
from buildsvc.engines.swap import Timing
from buildsvc.engines.two_places import Occupant, Restart
from buildsvc.image.types import BaseImage
from buildsvc.model.application import Application

_TRIED = "-tried"
"""Behind the name of a gateway without names and ports, once the one that has them takes its own."""


class DockerAdoptedPlace:
    """Implements `engines.taking_over.AdoptedPlace`."""

    def __init__(self, client: EngineClient, spec: RollOut, timing: Timing) -> None:
        self._client = client
        self._spec = spec
        self._timing = timing
        self._gateway = labels.gateway_name(spec.application, spec.component.name)

    @property
    def name(self) -> str:
        found = self._client.inspect(self._spec.takes_over)
        return str(found["Name"]).lstrip("/") if found else self._spec.takes_over

    def occupant(self) -> Occupant | None:
        found = self._client.inspect(self._spec.takes_over)
        if found is None:
            return None
        running = bool(found["State"]["Running"]) and not found["State"]["Restarting"]
        policy = containers.read_restart(found["HostConfig"]["RestartPolicy"])
        return Occupant(found["Id"], found["Name"].lstrip("/"), "", running, None, None, policy)

    def stop(self, grace: float) -> None:
        self._client.restart_policy(self._spec.takes_over, containers.restart_policy(Restart()))
        freezer.stop(self._client, self._spec.takes_over, grace)

    def start(self, policy: Restart) -> None:
        self._client.start(self._spec.takes_over)
        self._client.restart_policy(self._spec.takes_over, containers.restart_policy(policy))

    def try_gateway(self) -> None:
        self.take_gateways_away()
        whole = self._creation()
        host = {**whole.body["HostConfig"], "PortBindings": {}}
        marks = {**whole.body["Labels"], labels.SPEC: "tried"}
        attachments = tuple(replace(one, aliases=()) for one in whole.attachments)
        tried = Creation(whole.name, {**whole.body, "HostConfig": host, "Labels": marks}, attachments)
        self._client.start(gateways.made(self._client, tried, self._config(), self._image().user))
        gateways.wait(self._client, tried.name)

    def prepare_gateway(self, slot: str) -> None:
        with ours():
            self._client.api.rename(self._gateway, self._gateway + _TRIED)
        gateways.made(self._client, self._creation(), self._config().with_active(slot), self._image().user)

    def put_gateway_in(self, slot: str) -> None:
        self._client.start(self._gateway)
        gateways.wait(self._client, self._gateway)
        slots = DockerSlots(
            self._client, self._spec.application, self._spec.component.name, self._config(), self._timing
        )
        try:
            slots.switch(slot)
        finally:
            slots.close()
        self._client.remove(self._gateway + _TRIED)

    def take_gateways_away(self) -> None:
        for name in (self._gateway, self._gateway + _TRIED):
            self._client.remove(name)

    def _image(self) -> BaseImage:
        assert self._spec.gateway is not None, "whoever takes over brings the gateway's image"
        return self._spec.gateway

    def _config(self) -> gateway.Gateway:
        return containers.gateway_of(self._spec.application, self._spec.component, self._spec.placement)

    def _creation(self) -> Creation:
        spec, image = self._spec, self._image()
        application = Application(spec.application, (spec.component,), spec.networks, spec.volumes)
        return containers.gateway_container(
            application, spec.component, spec.placement, image.image.reference, image.user
        )
