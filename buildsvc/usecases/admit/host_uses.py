"""Which rules of the site policy a component's use of the host needs: pairs (key, value). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from buildsvc.model.application import Application, Component, Network, Port
from buildsvc.model.site_parts import HostUse

_HOST = "host"
_PRIVATE_IPC = frozenset({"none", "private", "shareable"})
_HARMLESS = frozenset({"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"})

_OPT_OUT = frozenset({"no-new-privileges:false", "no-new-privileges=false"})
"""Of an image component: it is as Docker itself has it then."""


def needed(component: Component) -> Iterator[tuple[str, str]]:
    """Give the rules without which a component may not run."""
    use = component.host
    yield from _namespaces(use)
    for one in use.devices:
        yield "devices", one.partition(":")[0]
    for one in use.device_rules:
        yield "security", f"device_cgroup_rules={one}"
    for one in use.security:
        if one not in _HARMLESS and (component.is_jar or one not in _OPT_OUT):
            yield "security", f"security_opt={one}"
    for one in use.groups:
        yield "security", f"group_add={one}"
    for key, value in (("cgroup_parent", use.cgroup_parent), ("runtime", use.runtime)):
        if value:
            yield "security", f"{key}={value}"
    if (component.limits.oom_score or 0) < 0:
        yield "security", f"oom_score_adj={component.limits.oom_score}"


def subnet_needed(network: Network, pools: Sequence[IPv4Network]) -> str | None:
    """Return the rule that a subnet of the file's own needs, unless it lies in one of the site's pools: the server
    would no longer reach what else has these addresses.
    """
    if network.subnet is None or any(IPv4Network(network.subnet).subnet_of(pool) for pool in pools):
        return None
    return f"subnet={network.subnet}"


def published_twice(application: Application) -> Iterator[tuple[int, str, str]]:
    """Give each port of the host that two components publish, with the second of them and the first."""
    taken: list[tuple[Port, str]] = []
    for component in application.components:
        for port in component.ports:
            for other, owner in taken:
                same = (port.published, port.protocol) == (other.published, other.protocol)
                anywhere = {"", "0.0.0.0"}  # noqa: S104 - compared with, not bound to
                overlap = port.host_ip == other.host_ip or not anywhere.isdisjoint({port.host_ip, other.host_ip})
                if port.published is not None and same and overlap:
                    yield port.published, component.name, owner
            taken.append((port, component.name))


def _namespaces(use: HostUse) -> Iterator[tuple[str, str]]:
    modes = (
        ("network", use.network),
        ("pid", use.pid),
        ("ipc", use.ipc),
        ("uts", use.uts),
        ("userns", use.userns),
        ("cgroup", use.cgroup),
    )
    for name, mode in modes:
        if mode == _HOST:
            yield "namespaces", name
        elif mode and not _own(name, mode):
            yield "security", f"{name}={mode}"


def _own(name: str, mode: str) -> bool:
    """Whether a mode stays with the component, or with another one of its application."""
    if name == "network":
        return mode in {"none", "bridge"} or mode.startswith("service:")
    return mode == "private" or (name == "ipc" and mode in _PRIVATE_IPC)
