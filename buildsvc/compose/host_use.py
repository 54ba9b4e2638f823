"""What a service asks of the host: its network, its processes, its devices. Whether it is admitted the site says."""

from __future__ import annotations

import re

from buildsvc.compose.context import Context
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Port
from buildsvc.model.site_parts import HostUse

_LOOPBACK = re.compile(r"\b(?:localhost|127\.0\.0\.1)\b")
_PORT_OPTION = re.compile(r"-D?-?server\.port=(\d+)")
_PORT_VARIABLES = ("SERVER_PORT", "PORT")
_NETWORK_MODES = ("host", "none", "bridge", "service:NAME", "container:NAME")


def read_host_use(service: Spot, *, jar: bool) -> HostUse:
    """Read what a service uses of its host; a jar component keeps to its application's networks, for its gateway must
    reach it.
    """
    return HostUse(
        network=None if jar else _network(service),
        pid=_shared(service, "pid"),
        ipc=_shared(service, "ipc"),
        uts=_text(service, "uts"),
        userns=_text(service, "userns_mode"),
        cgroup=_text(service, "cgroup"),
        cgroup_parent=_text(service, "cgroup_parent"),
        runtime=_text(service, "runtime"),
        devices=_devices(service),
        device_rules=_texts(service, "device_cgroup_rules"),
        security=_texts(service, "security_opt"),
        groups=_texts(service, "group_add"),
    )


def network_mode(service: Spot) -> str | None:
    """`network_mode` as it is written."""
    return _text(service, "network_mode")


def published_instead(service: Spot, name: str, context: Context) -> tuple[Port, ...]:
    """Return the ports of a jar component that its file puts on the host's network: published by its gateway instead.
    They are those that its variables, options and `expose` name. Said once, with the loopback addresses that lead
    nowhere now.
    """
    numbers: dict[int, None] = {}
    texts: list[tuple[str, str]] = []
    environment = service.get("environment")
    for key, value, _ in environment.pairs() if environment is not None else []:
        texts.append((key, value or ""))
        if key in _PORT_VARIABLES and (value or "").isdecimal():
            numbers[int(value or "")] = None
    command = service.get("command")
    texts += [("command", one) for one in (command.argv() if command is not None else ())]
    for _, text in texts:
        numbers.update(dict.fromkeys(int(found) for found in _PORT_OPTION.findall(text)))
    expose = service.get("expose")
    numbers.update(dict.fromkeys(int(one) for one in (expose.texts() if expose else ()) if one.isdecimal()))
    ports = tuple(Port(number, number) for number in numbers)
    local = sorted({key for key, text in texts if _LOOPBACK.search(text)})
    shown = [port.target for port in ports]
    context.warn(
        "compose.host-network" if shown else "compose.host-network-silent", component=name, ports=shown, local=local
    )
    return ports


def _network(service: Spot) -> str | None:
    mode = _text(service, "network_mode")
    spot = service.get("network_mode")
    if spot is None or mode is None:
        return None
    kind, _, name = mode.partition(":")
    plain = mode in {"host", "none", "bridge", "default"}
    if not plain and (kind not in {"service", "container"} or not name):
        spot.fault("wrong-value.network-mode", mode=mode, choices=_NETWORK_MODES)
        return None
    return None if mode == "default" else mode


def _shared(service: Spot, key: str) -> str | None:
    mode, spot = _text(service, key), service.get(key)
    if spot is not None and mode is not None and mode.startswith("service:"):
        spot.fault("unsupported-key.shared", mode=mode)
    return mode


def _devices(service: Spot) -> tuple[str, ...]:
    spot = service.get("devices")
    found = []
    for item in spot.items("expected.devices") if spot is not None else []:
        if item.is_map:
            item.known(("source", "target", "permissions"))
            parts = [one.text() or "" for key in ("source", "target", "permissions") if (one := item.get(key))]
            found.append(":".join(parts))
        elif text := item.text("expected.device"):
            found.append(text)
    return tuple(found)


def _texts(service: Spot, key: str) -> tuple[str, ...]:
    spot = service.get(key)
    return spot.texts() if spot is not None else ()


def _text(service: Spot, key: str) -> str | None:
    spot = service.get(key)
    return spot.text() if spot is not None else None
