"""The gateway's container: make it, start it, replace it."""

from __future__ import annotations

import time
from typing import Any

from buildpacks.errors import Failure
from buildsvc.engines import gateway
from buildsvc.engines.base import Ensure, Publish
from buildsvc.engines.docker import attaching, containers, labels
from buildsvc.engines.docker.containers import Creation
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.gateway_client import files
from buildsvc.engines.gateway import protocol
from buildsvc.model.application import Component
from buildsvc.model.raised import warned

START_LIMIT = 10.0
GRACE = 1.0
"""Seconds for requests under way when a gateway is replaced; idle connections are closed at once."""


def build(client: EngineClient, creation: Creation) -> str:
    """Create a container with all its networks, not started. Returns its id."""
    body = dict(creation.body)
    if creation.attachments:
        first, *rest = creation.attachments
        body["HostConfig"] = {**body["HostConfig"], "NetworkMode": first.network}
        body["NetworkingConfig"] = {"EndpointsConfig": {first.network: _endpoint(first)}}
    else:
        rest = []
    made = client.create(creation.name, body)
    for attachment in rest:
        client.connect(made, attachment.network, attachment.address, attachment.aliases, *attachment.links)
    return made


def _endpoint(attachment: attaching.Attachment) -> dict[str, Any]:
    settings: dict[str, Any] = {"Aliases": list(attachment.aliases)}
    if attachment.address:
        settings["IPAMConfig"] = {"IPv4Address": attachment.address}
    if attachment.links:
        settings["Links"] = list(attachment.links)
    return settings


def surviving_slot(client: EngineClient, application: str, component: str) -> str | None:
    """Return the slot that served last when no gateway can tell: the running instance that has its restart policy
    still, the newest of them.
    """
    found = client.containers({labels.APPLICATION: application, labels.COMPONENT: component, labels.ROLE: "instance"})
    found.sort(key=lambda c: (c["HostConfig"]["RestartPolicy"]["Name"] not in {"", "no"}, c["Created"]))
    running = [c for c in found if c["State"]["Running"]]
    return str(running[-1]["Config"]["Labels"][labels.SLOT]) if running else None


def configured(client: EngineClient, container: str) -> str | None:
    """Return the slot that a gateway's configuration enables: what `switch` wrote last. Starts nothing in the
    container, so that an observer may ask every few seconds.
    """
    text = client.read_file(container, f"{gateway.HOME}/{gateway.CONFIGURATION}")
    return gateway.configured_slot(text.decode()) if text else None


def ensure(client: EngineClient, wanted: Ensure, component: Component, publish: Publish) -> None:
    """Make, start or replace one gateway; one that is right is not touched."""
    app = wanted.application
    reference = wanted.gateway.image.reference
    creation = containers.gateway_container(app, component, wanted.placement, reference, wanted.gateway.user)
    config = containers.gateway_of(app.name, component, wanted.placement)
    found = client.inspect(creation.name)
    if found and not wanted.recreate_gateways and found["Config"]["Labels"].get(labels.SPEC) == creation.spec:
        if not found["State"]["Running"]:
            client.start(creation.name)
            wait(client, creation.name)
        return
    active = configured(client, creation.name) if found else surviving_slot(client, app.name, component.name)
    began = time.monotonic()
    if found:
        client.stop(creation.name, GRACE)
        client.remove(creation.name)
    client.start(made(client, creation, config.with_active(active), wanted.gateway.user))
    wait(client, creation.name)
    if found:
        gap = time.monotonic() - began
        publish(warned("gateway-replaced", component=component.name, gap=f"{gap:.1f}"))


def made(client: EngineClient, creation: Creation, config: gateway.Gateway, user: str) -> str:
    """Create a gateway that has its configuration, not started. Returns its id."""
    container = build(client, creation)
    client.put(container, "/", files(config, user))
    return container


def wait(client: EngineClient, name: str) -> None:
    """Wait until the administration socket answers. Raises Failure `gateway-failed` with what HAProxy wrote."""
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        found = client.inspect(name)
        if found is None or not found["State"]["Running"]:
            break
        if client.run(name, [protocol.CLIENT, "runtime", "show version"]).code == 0:
            return
        time.sleep(0.05)
    lines = " / ".join(client.tail(name, 5))
    raise Failure("gateway-failed.ended", name=name, lines=lines)


def older(client: EngineClient) -> tuple[str, ...]:
    """Return the gateways whose client speaks an older protocol than this buildsvc."""
    found = client.containers({labels.ROLE: "gateway"})
    return tuple(
        str(one["Name"]).lstrip("/") for one in found if protocol.version_of(one["Config"]["Labels"]) < protocol.VERSION
    )
