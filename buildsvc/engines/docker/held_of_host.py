"""What a container that somebody else made has of its host, in the words of a Compose file: for the site policy.

What the engine gives every container that asks for nothing (its usual runtime, logging driver, namespaces) is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from buildsvc.engines.docker import labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Component, Limits, Logging, Mount, Network, Port, Volume
from buildsvc.model.composed import HeldOfHost
from buildsvc.model.site_parts import HostUse

_PRE_MADE = frozenset({"bridge", "host", "none"})
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
"""What the engine calls a volume that nobody named: of one container alone."""
Pairs = Sequence[tuple[str, str]]


class HostOfContainers:
    """Reads the containers of one project. `networks` and `volumes` are those that Compose made for it: pairs (key,
    name).
    """

    def __init__(
        self, client: EngineClient, found: Sequence[Mapping[str, Any]], *, networks: Pairs, volumes: Pairs
    ) -> None:
        self._client = client
        self._services = {one["Id"]: (one["Config"]["Labels"] or {}).get(labels.SERVICE, "") for one in found}
        self._networks = {name: key for key, name in networks}
        self._volumes = {name: key for key, name in volumes}
        self._usual = client.info() if found else {}

    def held(self, found: Mapping[str, Any]) -> HeldOfHost:
        """Read one container. Raises Unreachable."""
        asked = found["HostConfig"]
        driver = (asked.get("LogConfig") or {}).get("Type", "")
        spec = Component(
            found["Name"].lstrip("/"),
            image=found["Config"]["Image"],
            mounts=tuple(self._mounts(found)),
            ports=tuple(_ports(asked)),
            privileged=bool(asked.get("Privileged")),
            cap_add=tuple(asked.get("CapAdd") or ()),
            limits=Limits(oom_score=asked.get("OomScoreAdj") or None),
            logging=Logging(driver) if driver and driver != self._usual.get("LoggingDriver") else None,
            host=self._host(asked),
        )
        return HeldOfHost(spec, tuple(self._joined(found)), tuple(self._mounted(found)))

    def _mounts(self, found: Mapping[str, Any]) -> Iterator[Mount]:
        for one in found.get("Mounts") or ():
            if one["Type"] == "bind":
                yield Mount("bind", one["Source"], one["Destination"], read_only=not one["RW"])

    def _mounted(self, found: Mapping[str, Any]) -> Iterator[Volume]:
        names = [one.get("Name", "") for one in found.get("Mounts") or () if one["Type"] == "volume"]
        for name in sorted(names):
            there = self._client.volume(name) or {}
            options = tuple(sorted((there.get("Options") or {}).items()))
            if options or there.get("Driver") != "local" or not _ANONYMOUS.fullmatch(name):
                yield Volume(self._volumes.get(name, name), name, True, there.get("Driver"), options)

    def _joined(self, found: Mapping[str, Any]) -> Iterator[Network]:
        for name in sorted((found.get("NetworkSettings") or {}).get("Networks") or ()):
            if name not in _PRE_MADE:
                yield Network(self._networks.get(name, name), name, external=True)

    def _host(self, asked: Mapping[str, Any]) -> HostUse:
        runtime = asked.get("Runtime") or ""
        own_group = "name=cgroupns" in (self._usual.get("SecurityOptions") or ())
        return HostUse(
            network=self._network(asked.get("NetworkMode") or ""),
            pid=asked.get("PidMode") or None,
            ipc=asked.get("IpcMode") or None,
            uts=asked.get("UTSMode") or None,
            userns=asked.get("UsernsMode") or None,
            # Where the engine gives every container the host's own, this one did not ask for it.
            cgroup=(asked.get("CgroupnsMode") or None) if own_group else None,
            cgroup_parent=asked.get("CgroupParent") or None,
            runtime=runtime if runtime != self._usual.get("DefaultRuntime") else None,
            devices=tuple(f"{one['PathOnHost']}:{one['PathInContainer']}" for one in asked.get("Devices") or ()),
            device_rules=(*(asked.get("DeviceCgroupRules") or ()), *_requested(asked)),
            security=tuple(asked.get("SecurityOpt") or ()),
            groups=tuple(asked.get("GroupAdd") or ()),
        )

    def _network(self, mode: str) -> str | None:
        kind, _, container = mode.partition(":")
        if kind == "container":
            service = self._services.get(container)
            return f"service:{service}" if service else mode
        return mode if mode in _PRE_MADE else None


def _requested(asked: Mapping[str, Any]) -> Iterator[str]:
    """Give devices that a driver hands out, as graphic processors: no path stands for them."""
    for one in asked.get("DeviceRequests") or ():
        yield f"{one.get('Driver') or 'any'} {one.get('Capabilities') or []}"


def _ports(asked: Mapping[str, Any]) -> Iterator[Port]:
    for target, bindings in (asked.get("PortBindings") or {}).items():
        number, _, protocol = target.partition("/")
        for one in bindings or ():
            low, _, high = (one.get("HostPort") or "").partition("-")
            published = range(int(low), int(high or low) + 1) if low.isdigit() and int(low) else (None,)
            for each in published:
                yield Port(int(number), each, one.get("HostIp") or "", protocol or "tcp")
    if asked.get("PublishAllPorts"):
        yield Port(0)
