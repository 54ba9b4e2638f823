"""What a component asks of the host and of its bounds, as the Engine API writes it: parts of HostConfig. Pure.

Format: Docker Engine API 1.41, HostConfig.
"""

from __future__ import annotations

from typing import Any

from buildsvc.engines.docker import labels
from buildsvc.model.application import Application, Component, Limits
from buildsvc.model.site_parts import HostUse, Naming

NANO = 1_000_000_000
PIDS = 4096
"""Processes and threads of a component that says nothing of them: a fork bomb must not take the host's."""
NO_NEW_PRIVILEGES = "no-new-privileges"
WITHOUT = frozenset({"MKNOD", "NET_RAW"})
_OF_SERVICE = "service:"


def bounds(limits: Limits, shm_size: int | None) -> dict[str, Any]:
    """Return the bounds that are set."""
    found = {
        "Memory": limits.memory,
        "MemoryReservation": limits.memory_reservation,
        "NanoCpus": round(limits.cpus * NANO) if limits.cpus else None,
        "PidsLimit": limits.pids or PIDS,
        "MemorySwap": limits.swap,
        "CpuShares": limits.shares,
        "CpuQuota": limits.quota,
        "CpuPeriod": limits.period,
        "CpusetCpus": limits.cpuset,
        "OomScoreAdj": limits.oom_score,
        "ShmSize": shm_size,
    }
    set_ones: dict[str, Any] = {key: value for key, value in found.items() if value}
    return set_ones if limits.swappiness is None else {**set_ones, "MemorySwappiness": limits.swappiness}


def hardened(component: Component) -> dict[str, Any]:
    """Return what an image component gets that asks for nothing else: Docker's capabilities without those that forge
    packets and make devices, and no program that gives more rights than it was started with (`security_opt` opts out of
    that).
    """
    if component.privileged:
        return {}
    added, dropped = (
        {one.upper().removeprefix("CAP_") for one in ones} for ones in (component.cap_add, component.cap_drop)
    )
    more = set() if "ALL" in added | dropped else WITHOUT - added - dropped
    told = any(one.startswith(NO_NEW_PRIVILEGES) for one in component.host.security)
    return {
        "CapDrop": [*component.cap_drop, *sorted(more)],
        "SecurityOpt": [*component.host.security, *([] if told else [f"{NO_NEW_PRIVILEGES}:true"])],
    }


def wishes(component: Component) -> dict[str, Any]:
    """Return what is asked of the host and of its name server, where anything is."""
    return {key: value for key, value in {**_host(component.host), **_resolving(component.naming)}.items() if value}


def network_mode(application: Application, mode: str) -> str:
    """`service:db` is the network of that component's container."""
    if not mode.startswith(_OF_SERVICE):
        return mode
    name = mode.removeprefix(_OF_SERVICE)
    shared = application.component(name)
    own = shared.naming.container if shared is not None else None
    return f"container:{own or labels.image_name(application.name, name)}"


def device(text: str) -> dict[str, str]:
    """`/dev/a:/dev/b:rwm`, whose target is the source and whose permissions are all where they are left out."""
    source, target, *permissions = [*text.split(":"), ""][:3] if ":" in text else [text, text]
    return {
        "PathOnHost": source,
        "PathInContainer": target or source,
        "CgroupPermissions": (permissions or ["rwm"])[0] or "rwm",
    }


def _host(use: HostUse) -> dict[str, Any]:
    return {
        "PidMode": use.pid,
        "IpcMode": use.ipc,
        "UTSMode": use.uts,
        "UsernsMode": use.userns,
        "CgroupnsMode": use.cgroup,
        "CgroupParent": use.cgroup_parent,
        "Runtime": use.runtime,
        "Devices": [device(one) for one in use.devices],
        "DeviceCgroupRules": list(use.device_rules),
        "SecurityOpt": list(use.security),
        "GroupAdd": list(use.groups),
    }


def _resolving(naming: Naming) -> dict[str, Any]:
    return {
        "Dns": list(naming.dns),
        "DnsSearch": list(naming.dns_search),
        "DnsOptions": list(naming.dns_options),
    }
