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
_SPLIT = "Write one line for each port."


def read_ports(spot: Spot, *, jar: bool) -> tuple[Port, ...]:
    """Read the published ports of a service."""
    found: list[Port] = []
    for item in spot.items("a list of ports"):
        for port in _long(item) if item.is_map else _short(item):
            if jar and port.protocol == "udp":
                hint = "A gateway carries TCP only: remove this port."
                item.fault("udp-refused", f"publishes {port.target}/udp.", hint)
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
        else:
            found += [port for port in _numbers(item, number) or () if port not in found]
    return tuple(found)


def port_number(spot: Spot, text: str) -> int | None:
    if _RANGE.fullmatch(text):
        spot.fault("port-range", f"is a range, {text}.", _SPLIT)
        return None
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _MAX_PORT:
        spot.fault("wrong-value", f"is '{text}', which is not a port from 1 to 65535.")
        return None
    return int(text)


def _numbers(spot: Spot, text: str) -> range | None:
    """All ports of `80` or `80-82`; None after a fault."""
    low, _, high = text.partition("-") if _RANGE.fullmatch(text) else (text, "", text)
    first, last = port_number(spot, low), port_number(spot, high)
    if first is None or last is None:
        return None
    if last < first or last - first > _MOST_PORTS:
        spot.fault("port-range", f"is the range {text}.", f"Write it upwards, {_MOST_PORTS} ports at most.")
        return None
    return range(first, last + 1)


def _short(spot: Spot) -> list[Port]:
    text = spot.text("a port like 8080:80")
    if text is None:
        return []
    found = _SHORT.fullmatch(text)
    if found is None:
        spot.fault("wrong-value", f"is '{text}', which is not a port like 8080:80 or 127.0.0.1:8080:80.")
        return []
    return _all(spot, found["target"], found["published"] or None, found["ip"] or "", found["protocol"] or "tcp")


def _long(spot: Spot) -> list[Port]:
    entries = spot.known(spec_keys.PORT)
    mode = spot.get("mode")
    if mode is not None:
        mode.one_of("host", "ingress")
    target = spot.get("target")
    if target is None:
        spot.fault("missing-key", "has no target.", "Name the port inside the container with target:.")
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
    """Return the ports of a range, pairwise. Of a range that one port is published on, the first is taken."""
    targets = _numbers(spot, target)
    on = _numbers(spot, published) if published is not None and targets is not None else None
    if targets is None or (published is not None and on is None):
        return []
    if on is not None and len(targets) > 1 and len(on) != len(targets):
        spot.fault("port-range", f"publishes {len(targets)} ports on {len(on)}.", "Make both ranges as long.")
        return []
    pairs = [(number, on[index] if on is not None else None) for index, number in enumerate(targets)]
    return [port for number, host in pairs if (port := _port(spot, number, host, ip, protocol)) is not None]


def _port(spot: Spot, target: int, published: int | None, ip: str, protocol: str) -> Port | None:
    if protocol not in {"tcp", "udp"}:
        spot.fault("wrong-value", f"has the protocol '{protocol}'; it must be tcp or udp.")
        return None
    if ip:
        try:
            if ip not in _ANY_IPV6:
                IPv4Address(ip)
        except AddressValueError:
            spot.fault("wrong-value", f"has the host address '{ip}', which is not an IPv4 address.")
            return None
    kind: Protocol = "udp" if protocol == "udp" else "tcp"
    ip = "" if ip in _ANY_IPV6 else ip
    return Port(target, published, ip, kind)
