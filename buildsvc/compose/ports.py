"""`ports` and `expose`: the short and the long syntax; ranges are written out, and UDP before a gateway is refused."""

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
_MOST_PORTS = 1000
_ANY_IPV6 = {"::", "[::]"}


def read_ports(spot: Spot, *, jar: bool, replicas: int = 1) -> tuple[Port, ...]:
    """Read the published ports of a service. Of a range that one port is published on, each replica takes the next."""
    found: list[Port] = []
    for item in spot.items("expected.ports"):
        ports = _long(item) if item.is_map else _short(item)
        for port in ports if len({one.target for one in ports}) == len(ports) else ports[: max(replicas, 1)]:
            if jar and port.protocol == "udp":
                item.fault("udp-refused.publishes", target=port.target)
            elif port not in found:
                found.append(port)
    return tuple(found)


def read_expose(spot: Spot, *, jar: bool) -> tuple[int, ...]:
    """Container ports that are not published."""
    found: list[int] = []
    for item in spot.items("expected.ports"):
        text = item.text("expected.port")
        if text is None:
            continue
        number, _, protocol = text.partition("/")
        if jar and protocol == "udp":
            item.fault("udp-refused.exposes", text=text)
        elif protocol not in {"", "tcp", "udp"}:
            item.fault("wrong-value.expose", text=text)
        else:
            found += [port for port in _numbers(item, number) or () if port not in found]
    return tuple(found)


def port_number(spot: Spot, text: str) -> int | None:
    if _RANGE.fullmatch(text):
        spot.fault("port-range.single", text=text)
        return None
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _MAX_PORT:
        spot.fault("wrong-value.port-number", text=text)
        return None
    return int(text)


def _numbers(spot: Spot, text: str) -> range | None:
    """Return all ports of `80` or `80-82`; None after a fault."""
    low, _, high = text.partition("-") if _RANGE.fullmatch(text) else (text, "", text)
    first, last = port_number(spot, low), port_number(spot, high)
    if first is None or last is None:
        return None
    if last < first or last - first > _MOST_PORTS:
        spot.fault("port-range.wide", text=text, most=_MOST_PORTS)
        return None
    return range(first, last + 1)


def _short(spot: Spot) -> list[Port]:
    text = spot.text("expected.published")
    if text is None:
        return []
    found = _SHORT.fullmatch(text)
    if found is None:
        spot.fault("wrong-value.port", text=text)
        return []
    return _all(spot, found["target"], found["published"] or None, found["ip"] or "", found["protocol"] or "tcp")


def _long(spot: Spot) -> list[Port]:
    entries = spot.known(spec_keys.PORT)
    mode = spot.get("mode")
    if mode is not None:
        mode.one_of("host", "ingress")
    target = spot.get("target")
    if target is None:
        spot.fault("missing-key.port-target")
        return []
    published, ip, protocol = spot.get("published"), spot.get("host_ip"), spot.get("protocol")
    return _all(
        entries.get("host_ip", spot) if ip is not None else spot,
        target.text() or "",
        published.text() if published is not None else None,
        (ip.text() or "") if ip is not None else "",
        (protocol.text() or "tcp") if protocol is not None else "tcp",
    )


def _all(spot: Spot, target: str, published: str | None, ip: str, protocol: str) -> list[Port]:
    """Return the ports of a range, pairwise; those of a range that one port is published on, in turn."""
    targets = _numbers(spot, target)
    on = _numbers(spot, published) if published is not None and targets is not None else None
    if targets is None or (published is not None and on is None):
        return []
    if on is not None and len(targets) > 1 and len(on) != len(targets):
        spot.fault("port-range.uneven", targets=len(targets), on=len(on))
        return []
    alone = targets[0] if len(targets) == 1 else None
    if on is not None and alone is not None:
        pairs: list[tuple[int, int | None]] = [(alone, number) for number in on]
    else:
        pairs = [(number, on[index] if on is not None else None) for index, number in enumerate(targets)]
    return [port for number, host in pairs if (port := _port(spot, number, host, ip, protocol)) is not None]


def _port(spot: Spot, target: int, published: int | None, ip: str, protocol: str) -> Port | None:
    if protocol not in {"tcp", "udp"}:
        spot.fault("wrong-value.protocol", protocol=protocol)
        return None
    if ip:
        try:
            if ip not in _ANY_IPV6:
                IPv4Address(ip)
        except AddressValueError:
            spot.fault("wrong-value.host-address", ip=ip)
            return None
    kind: Protocol = "udp" if protocol == "udp" else "tcp"
    ip = "" if ip in _ANY_IPV6 else ip
    return Port(target, published, ip, kind)
