"""The gateway's container: configure it, talk to it, replace it. No code connects to its address."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from buildpacks.errors import Conflict, Failure
from buildsvc.engines import gateway
from buildsvc.engines.base import Ensure, Publish
from buildsvc.engines.docker import containers, labels
from buildsvc.engines.docker.containers import Creation
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.wire import archive
from buildsvc.model.application import Component
from buildsvc.model.events import Warned

START_LIMIT = 10.0
GRACE = 1.0
"""Seconds for requests under way when a gateway is replaced; idle connections are closed at once."""
STATES = "show servers state"
STATES_HEAD = "# be_id"
"""With which the answer to `STATES` names its columns."""
END = "== end of answer =="
ATTEMPTS = 3
INSTALL = (gateway.CLIENT, "install")
"""Has a new configuration checked and renames it."""


def uid_gid(user: str) -> tuple[int, int]:
    """Read `10001:10001`. Gateways are ours, so their user is always two numbers."""
    uid, _, gid = user.partition(":")
    return int(uid), int(gid or uid)


@dataclass(frozen=True)
class Door:
    """A running gateway, by its container's name and its user."""

    client: EngineClient
    name: str
    user: str

    def runtime(self, *commands: str) -> str:
        """HAProxy's answer to one line of commands, which may be told twice. Raises Failure `gateway-failed`."""
        needed = STATES_HEAD if STATES in commands else ""
        return self._whole((gateway.CLIENT, "runtime", *commands), needed, "did not take a runtime command")

    def look(self) -> str:
        """The host's memory and `show servers state`, from one exec. Raises Failure `gateway-failed`."""
        script = f"{gateway.CLIENT} memory; exec {gateway.CLIENT} runtime '{STATES}'"
        return self._whole(("sh", "-c", script), STATES_HEAD, "does not say its state")

    def _whole(self, argv: tuple[str, ...], needed: str, complaint: str) -> str:
        """An answer that came to its end and has what is needed. A busy engine now and then closes an exec's stream
        before the last of it was sent, with exit status 0; every command here can be given again, so it is.
        """
        for _ in range(ATTEMPTS):
            ran = self.client.run(self.name, ["sh", "-c", f'"$@" && echo {END}', "ask", *argv])
            answer, end, _ = ran.output.rpartition(END)
            if ran.code == 0 and end and needed in answer:
                return answer
            if ran.code != 0:
                break
        raise Failure(
            "gateway-failed",
            f"Gateway {self.name} {complaint}: {ran.output.strip() or 'it answers nothing'}",
            f"See `docker logs {self.name}`; `buildsvc gateway upgrade` makes it anew.",
        )

    def write(self, config: gateway.Gateway) -> None:
        """Put the configuration beside the one that was read, have it checked, rename it: never a half one."""
        self.client.put(self.name, "/", files(config, self.user, "haproxy.cfg.new"))
        ran = self.client.run(self.name, INSTALL)
        if ran.code != 0:
            raise Failure("gateway-failed", f"Gateway {self.name} refuses its configuration: {ran.output.strip()}")


def may_write(command: str) -> bool:
    """Whether a program that was run in a gateway, as the engine writes it, may change its configuration: one that is
    not ours may.
    """
    return gateway.CLIENT not in command or " ".join(INSTALL) in command


def files(config: gateway.Gateway, user: str, name: str) -> bytes:
    """The tar that is unpacked at the container's root."""
    folder = gateway.HOME.strip("/")
    content = {f"{folder}/{name}": gateway.configuration(config).encode()}
    content |= {f"{folder}/{page}": text.encode() for page, text in gateway.pages(config).items()}
    return archive(content, uid_gid(user))


def door(client: EngineClient, application: str, component: str) -> Door:
    """The component's gateway, running. Raises Conflict `no-gateway`."""
    name = labels.gateway_name(application, component)
    found = client.inspect(name)
    if found is None or not found["State"]["Running"]:
        state = "is missing" if found is None else f"is {found['State']['Status']}"
        raise Conflict("no-gateway", f"Gateway {name} {state}.", "Run `buildsvc apply` for this application again.")
    return Door(client, name, str(found["Config"]["User"]))


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
        client.connect(made, attachment.network, attachment.address, attachment.aliases)
    return made


def _endpoint(attachment: containers.Attachment) -> dict[str, Any]:
    settings: dict[str, Any] = {"Aliases": list(attachment.aliases)}
    if attachment.address:
        settings["IPAMConfig"] = {"IPv4Address": attachment.address}
    return settings


def surviving_slot(client: EngineClient, application: str, component: str) -> str | None:
    """The slot that served last when no gateway can tell: the running instance that has its restart policy still, the
    newest of them.
    """
    found = client.containers({labels.APPLICATION: application, labels.COMPONENT: component, labels.ROLE: "instance"})
    found.sort(key=lambda c: (c["HostConfig"]["RestartPolicy"]["Name"] not in {"", "no"}, c["Created"]))
    running = [c for c in found if c["State"]["Running"]]
    return str(running[-1]["Config"]["Labels"][labels.SLOT]) if running else None


def configured(client: EngineClient, container: str) -> str | None:
    """The slot that a gateway's configuration enables: what `switch` wrote last. Starts nothing in the container, so
    that an observer may ask every few seconds.
    """
    text = client.read_file(container, f"{gateway.HOME}/haproxy.cfg")
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
            _wait(client, creation.name)
        return
    active = configured(client, creation.name) if found else surviving_slot(client, app.name, component.name)
    began = time.monotonic()
    if found:
        client.stop(creation.name, GRACE)
        client.remove(creation.name)
    made = build(client, creation)
    client.put(made, "/", files(config.with_active(active), wanted.gateway.user, "haproxy.cfg"))
    client.start(made)
    _wait(client, creation.name)
    if found:
        gap = time.monotonic() - began
        publish(
            Warned(
                "gateway-replaced",
                f"The gateway of {component.name} was replaced: it did not answer for {gap:.1f} s.",
                "That is so when ports, networks or the strategy change, and with `gateway upgrade`; never in a push.",
            )
        )


def _wait(client: EngineClient, name: str) -> None:
    """Until the administration socket answers. Raises Failure `gateway-failed` with what HAProxy wrote."""
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        found = client.inspect(name)
        if found is None or not found["State"]["Running"]:
            break
        if client.run(name, [gateway.CLIENT, "runtime", "show version"]).code == 0:
            return
        time.sleep(0.05)
    lines = " / ".join(client.tail(name, 5))
    raise Failure("gateway-failed", f"Gateway {name} does not run: {lines}", "Is one of its ports taken on this host?")
