"""What a container is made from, as data: bodies for the Engine API's `POST /containers/create`. Pure.

Format: Docker Engine API 1.41, ContainerCreate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from buildsvc.engines import gateway
from buildsvc.engines.base import RollOut
from buildsvc.engines.docker import attaching, host_wishes, labels
from buildsvc.engines.swap import lasting
from buildsvc.engines.two_places import SLOTS, Restart
from buildsvc.model.application import Application, Component, Mount, Placement, Port, Volume

DEFAULT_LOGGING = {"Type": "json-file", "Config": {"max-size": "20m", "max-file": "3"}}
NAME_SERVER = "127.0.0.11"
"""Where Docker's own name server listens inside every container."""
NANO = 1_000_000_000


@dataclass(frozen=True)
class Creation:
    """A container to be: `body` is complete but for its networks."""

    name: str
    body: dict[str, Any]
    attachments: tuple[attaching.Attachment, ...]

    @property
    def spec(self) -> str:
        return str(self.body["Labels"][labels.SPEC])


def restart_policy(policy: Restart) -> dict[str, object]:
    """Spell the policy as the Engine API writes it."""
    return {"Name": policy.when, "MaximumRetryCount": policy.retries}


def read_restart(found: Mapping[str, Any]) -> Restart:
    """Read the policy as the Engine API tells it; an empty name means none."""
    return Restart(str(found.get("Name") or "no"), int(found.get("MaximumRetryCount") or 0))


def _logging(component: Component) -> dict[str, object]:
    if component.logging is None:
        return dict(DEFAULT_LOGGING)
    return {"Type": component.logging.driver, "Config": dict(component.logging.options)}


def mount(application: str, volumes: tuple[Volume, ...], one: Mount) -> dict[str, object]:
    """One entry of HostConfig.Mounts. Content is a volume of ours, never a path of the host."""
    body: dict[str, object] = {"Target": one.target, "ReadOnly": one.read_only}
    if one.kind == "tmpfs":
        options = {"TmpfsOptions": {"SizeBytes": one.tmpfs_size}} if one.tmpfs_size else {}
        return {**body, "Type": "tmpfs", **options}
    if one.kind == "bind":
        return {**body, "Type": "bind", "Source": one.source}
    if one.kind == "content":
        return {**body, "Type": "volume", "Source": labels.content_volume(one.source), "ReadOnly": True}
    named = {"Source": labels.volume_name(application, one.source, volumes)} if one.source else {}
    return {**body, "Type": "volume", **named}


def _host(application: str, volumes: tuple[Volume, ...], component: Component) -> dict[str, Any]:
    """Return what instances and image components have in common."""
    host: dict[str, Any] = {
        "LogConfig": _logging(component),
        "Mounts": [mount(application, volumes, one) for one in component.mounts if not one.is_file],
        "ExtraHosts": [f"{name}:{address}" for name, address in component.extra_hosts],
        "Ulimits": [{"Name": name, "Soft": soft, "Hard": hard} for name, soft, hard in component.ulimits],
        "Sysctls": dict(component.sysctls),
        "CapAdd": list(component.cap_add),
        "CapDrop": list(component.cap_drop),
        "Privileged": component.privileged,
        "ReadonlyRootfs": component.read_only,
        "Init": component.init,
    }
    return host | host_wishes.bounds(component.limits, component.shm_size) | host_wishes.wishes(component)


def _optional(component: Component) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if component.working_dir:
        body["WorkingDir"] = component.working_dir
    if component.hostname:
        body["Hostname"] = component.hostname
    if component.stop_signal:
        body["StopSignal"] = component.stop_signal
    if component.naming.domain:
        body["Domainname"] = component.naming.domain
    return body


def _healthcheck(component: Component) -> dict[str, Any]:
    check = component.healthcheck
    if component.healthcheck_disabled or check is None:
        return {"Test": ["NONE"]}
    return {
        "Test": ["CMD", *check.test],
        "Interval": round(check.interval * NANO),
        "Timeout": round(check.timeout * NANO),
        "Retries": check.retries,
        "StartPeriod": round(check.start_period * NANO),
    }


def _environment(values: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in sorted(values.items())]


def instance(spec: RollOut, slot: str) -> Creation:
    """Describe an instance: hardened, without restart policy until it is live, without the component's own name on any
    network.

    On networks that are not ours it has the slot's name instead of an address.
    """
    component = spec.component
    host = _host(spec.application, spec.volumes, component)
    drop = [] if component.privileged else sorted({"ALL", *component.cap_drop})
    called = {key: labels.network_name(spec.application, key, spec.networks) for key, _ in component.networks}
    host |= {
        "RestartPolicy": restart_policy(Restart()),
        "CapDrop": drop,
        "SecurityOpt": [] if component.privileged else sorted({"no-new-privileges:true", *component.host.security}),
        "Init": component.init,
        "ExtraHosts": [*attaching.own_names(component, spec.placement, slot, called), *host["ExtraHosts"]],
    }
    body: dict[str, Any] = {
        "Image": spec.image_reference,
        "Entrypoint": list(spec.command),
        "Cmd": [],
        "Env": _environment(spec.environment),
        "User": component.user or spec.user,
        "OpenStdin": False,
        "Healthcheck": _healthcheck(component),
        "HostConfig": host,
        **_optional(component),
    }
    if hostname := component.hostname or attaching.own_hostname(component, spec.placement):
        body["Hostname"] = hostname
    placed = spec.placement.addresses.get(component.name, {})
    attachments = []
    linked = attaching.links(spec.application, spec.peers, component)
    for key, _ in component.networks:
        address = attaching.slot_address(placed.get(key), slot)
        names = () if address else (labels.slot_name(spec.application, component.name, slot),)
        network = labels.network_name(spec.application, key, spec.networks)
        attachments.append(attaching.Attachment(network, address, names, linked))
    # What it is made of, values included, without what tells this one from another instance of the same release.
    told = {"body": body, "networks": [one.told for one in attachments], "labels": sorted(component.labels)}
    files = [[one.target, one.source] for one in component.mounts if one.is_file]
    made_of = labels.digest({**told, "files": files})
    if spec.prepared:
        image, command = spec.prepared
        body |= {"Image": image, "Entrypoint": list(command)}
    body["Labels"] = {
        **dict(component.labels),
        **labels.ours(spec.application, component.name, "instance"),
        labels.SLOT: slot,
        labels.RELEASE: str(spec.release),
        labels.DEPLOYMENT: spec.deployment,
        labels.SPEC: made_of,
    }
    return Creation(labels.instance_name(spec.application, component.name, spec.deployment), body, tuple(attachments))


def gateway_of(application: str, component: Component, placement: Placement) -> gateway.Gateway:
    """Return the gateway's configuration, without the slot that is active: the engine knows that one."""
    placed = placement.addresses.get(component.name, {})
    first = next((placed[key] for key, _ in component.networks if key in placed), None)
    names = {slot: labels.slot_name(application, component.name, slot) for slot in SLOTS}
    return gateway.Gateway(
        application=application,
        component=component.name,
        routes=gateway.routes(component),
        blue=first.blue if first else names["blue"],
        green=first.green if first else names["green"],
        holds=bool(component.jar and component.jar.strategy == "stop-first"),
        resolver=f"docker {NAME_SERVER}:53",
    )


def gateway_container(
    application: Application, component: Component, placement: Placement, image: str, user: str
) -> Creation:
    """Describe the gateway: it has the component's name, its fixed address and its published ports."""
    config = gateway_of(application.name, component, placement)
    published: dict[str, list[dict[str, str]]] = {}
    for port in component.ports:
        bound = {"HostIp": port.host_ip, "HostPort": str(port.published or "")}
        published.setdefault(f"{port.target}/tcp", []).append(bound)
    placed = placement.addresses.get(component.name, {})
    attachments = tuple(
        attaching.Attachment(
            labels.network_name(application.name, key, application.networks),
            placed[key].gateway if key in placed else None,
            attaching.names_of(component, aliases),
        )
        for key, aliases in component.networks
    )
    body: dict[str, Any] = {
        "Entrypoint": ["haproxy", "-db", "-f", f"{gateway.HOME}/{gateway.CONFIGURATION}"],
        "Cmd": [],
        "User": user,
        "OpenStdin": False,
        "StopSignal": "SIGUSR1",
        "ExposedPorts": {f"{route.port}/tcp": {} for route in config.routes},
        "HostConfig": {
            "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
            "LogConfig": dict(DEFAULT_LOGGING),
            "PortBindings": published,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
            "Init": False,
        },
    }
    # The image is left out of the comparison: a newer gateway image is taken up by `gateway upgrade`, never in passing.
    spec = labels.digest(
        {"body": body, "networks": [a.told for a in attachments], "config": gateway.configuration(config)}
    )
    body |= {"Image": image, "Labels": {**labels.ours(application.name, component.name, "gateway"), labels.SPEC: spec}}
    return Creation(labels.gateway_name(application.name, component.name), body, attachments)


def _ports_of(component: Component, number: int) -> Iterator[Port]:
    """Give what the replica of this number publishes: of several ports of the host for one of its own, its own one."""
    seen: Counter[tuple[int, str, str]] = Counter()
    for port in component.ports:
        of = (port.target, port.protocol, port.host_ip)
        seen[of] += 1
        if component.replicas <= 1 or port.published is None or seen[of] == number:
            yield port


def image_container(
    application: Application, component: Component, environment: Mapping[str, str], number: int = 1
) -> Creation:
    """One of an image component's containers, with Compose's names and labels; it keeps its image's user."""
    host = _host(application.name, application.volumes, component)
    published: dict[str, list[dict[str, str]]] = {}
    for port in _ports_of(component, number):
        bound = {"HostIp": port.host_ip, "HostPort": str(port.published or "")}
        published.setdefault(f"{port.target}/{port.protocol}", []).append(bound)
    host |= {"RestartPolicy": restart_policy(lasting(component)), "PortBindings": published}
    host |= host_wishes.hardened(component)
    exposed: dict[str, object] = {f"{port}/tcp": {} for port in component.expose}
    exposed |= {key: {} for key in published}
    body: dict[str, Any] = {
        "Image": component.image,
        "Env": _environment(environment),
        "ExposedPorts": exposed,
        "HostConfig": host,
        **_optional(component),
    }
    if component.user:
        body["User"] = component.user
    if component.entrypoint is not None:
        body["Entrypoint"] = list(component.entrypoint)
    if component.command is not None:
        body["Cmd"] = list(component.command)
    if component.healthcheck_disabled or component.healthcheck:
        body["Healthcheck"] = _healthcheck(component)
    if component.tty or component.stdin_open:
        body |= {"Tty": component.tty, "OpenStdin": component.stdin_open}
    if component.naming.mac_address:
        body["MacAddress"] = component.naming.mac_address
    attachments = attaching.attachments(application, component)
    if component.host.network:
        host["NetworkMode"] = host_wishes.network_mode(application, component.host.network)
    told = {"body": body, "networks": [a.told for a in attachments], "labels": sorted(component.labels)}
    files = [[one.target, one.source or one.seed] for one in component.mounts if one.is_file or one.seed]
    spec = labels.digest({**told, "files": files} if files else told)
    body["Labels"] = {
        **dict(component.labels),
        **labels.compose_service(application.name, component.name, spec, number),
        **labels.ours(application.name, component.name, "image"),
        labels.SPEC: spec,
    }
    return Creation(attaching.container_of(application.name, component, number), body, attachments)
