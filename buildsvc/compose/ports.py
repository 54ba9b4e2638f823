"""`ports` and `expose`: the short and the long syntax; ranges and UDP before a gateway are refused."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

from buildsvc.compose import spec_keys
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Port, Protocol

_SHORT = re.compile(
    r"(?:(?P<ip>\[[^\]]*\]|[^:\[\]]+):(?=[^:]*:)|)(?:(?P<published>[^:]*):)?(?P<target>[^:/]+)(?:/(?P<protocol>\w+))?"
)
_RANGE = re.compile(r"\d+-\d+")
_MAX_PORT = 65535
_SPLIT = "Write one line for each port."


def read_ports(spot: Spot, *, jar: bool) -> tuple[Port, ...]:
    """The published ports of a service."""
    found: list[Port] = []
    for item in spot.items("a list of ports"):
        port = _long(item) if item.is_map else _short(item)
        if port is None:
            continue
        if jar and port.protocol == "udp":
            item.fault("udp-refused", f"publishes {port.target}/udp.", "A gateway carries TCP only: remove this port.")
        elif port not in found:
            found.append(port)
    return tuple(found)


def read_expose(spot: Spot, *, jar: bool) -> tuple[int, ...]:
    """Container ports that are not published."""
    found: list[int] = []
    for item in spot.items("a list of ports"):
        text = item.text("a port")
        if text is None:
            continue
        number, _, protocol = text.partition("/")
        if jar and protocol == "udp":
            item.fault("udp-refused", f"exposes {text}.", "A gateway carries TCP only: remove this port.")
        elif protocol not in {"", "tcp", "udp"}:
            item.fault("wrong-value", f"is '{text}'; the protocol must be tcp or udp.")
        elif (port := port_number(item, number)) is not None and port not in found:
            found.append(port)
    return tuple(found)


def port_number(spot: Spot, text: str) -> int | None:
    if _RANGE.fullmatch(text):
        spot.fault("port-range", f"is a range, {text}.", _SPLIT)
        return None
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _MAX_PORT:
        spot.fault("wrong-value", f"is '{text}', which is not a port from 1 to 65535.")
        return None
    return int(text)


def _short(spot: Spot) -> Port | None:
    text = spot.text("a port like 8080:80")
    if text is None:
        return None
    found = _SHORT.fullmatch(text)
    if found is None:
        spot.fault("wrong-value", f"is '{text}', which is not a port like 8080:80 or 127.0.0.1:8080:80.")
        return None
    target = port_number(spot, found["target"])
    published = port_number(spot, found["published"]) if found["published"] else None
    if target is None or (found["published"] and published is None):
        return None
    return _port(spot, target, published, found["ip"] or "", found["protocol"] or "tcp")


def _long(spot: Spot) -> Port | None:
    entries = spot.known(spec_keys.PORT, spec_keys.PORT_REFUSED)
    mode = spot.get("mode")
    if mode is not None:
        mode.one_of("host", "ingress")
    target_spot = spot.get("target")
    if target_spot is None:
        spot.fault("missing-key", "has no target.", "Name the port inside the container with target:.")
        return None
    target = port_number(target_spot, target_spot.text() or "")
    published: int | None = None
    published_spot = spot.get("published")
    if published_spot is not None and (text := published_spot.text()) is not None:
        published = port_number(published_spot, text)
        if published is None:
            return None
    ip, protocol = spot.get("host_ip"), spot.get("protocol")
    if target is None:
        return None
    ip_text = (ip.text() or "") if ip is not None else ""
    protocol_text = (protocol.text() or "tcp") if protocol is not None else "tcp"
    return _port(entries.get("host_ip", spot), target, published, ip_text, protocol_text)


def _port(spot: Spot, target: int, published: int | None, ip: str, protocol: str) -> Port | None:
    if protocol not in {"tcp", "udp"}:
        spot.fault("wrong-value", f"has the protocol '{protocol}'; it must be tcp or udp.")
        return None
    if ip:
        try:
            IPv4Address(ip)
        except AddressValueError:
            spot.fault("wrong-value", f"has the host address '{ip}', which is not an IPv4 address.")
            return None
    kind: Protocol = "udp" if protocol == "udp" else "tcp"
    return Port(target, published, ip, kind)
