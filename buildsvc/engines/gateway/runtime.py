"""What HAProxy is told while it runs, as data, and how its answers read. Pure.

Formats: HAProxy 2.6 management guide, `set server`, `show servers state` and `show stat`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from buildsvc.engines.gateway import histogram
from buildsvc.engines.gateway.haproxy import Gateway, is_name
from buildsvc.engines.gateway.ports import Route
from buildsvc.engines.two_places import SLOTS, GatewayCounters, SlotCounters, other

STATES = "show servers state"
STATES_HEAD = "# be_id"
"""With which the answer to `STATES` names its columns."""
STATISTICS = "show stat"
COUNTED = (STATISTICS, histogram.SHOW)
"""What is counted: an older gateway has no such table, and says so in the place of it."""
NOT_SERVING = 0x01 | 0x02 | 0x20 | 0x08 | 0x10
"""Bits of srv_admin_state: forced, inherited and resolution maintenance; forced and inherited drain."""
NOWHERE = ("127.0.0.1", 1)
"""An address that refuses at once: the gateway retries, and so holds the request."""


UNRESOLVED = "-"
"""The address of a server whose name was not found yet."""


@dataclass(frozen=True)
class BackendServer:
    """One line of `show servers state`, joined with `show stat`."""

    proxy: str
    slot: str
    address: str
    port: int
    serving: bool


def switch_commands(gateway: Gateway, to: str) -> tuple[str, ...]:
    """First every new server is ready, then every old one drains: at no moment is none of them serving."""
    away = other(to)
    ready = [command for route in gateway.routes for command in _ready(gateway, route, to)]
    drain = [f"set server {route.proxy}/{away} state drain" for route in gateway.routes]
    return (*ready, *drain)


def _ready(gateway: Gateway, route: Route, slot: str) -> list[str]:
    address = gateway.address(slot)
    moved = [] if is_name(address) else [f"set server {route.proxy}/{slot} addr {address} port {route.port}"]
    return [*moved, f"set server {route.proxy}/{slot} state ready"]


def hold_commands(gateway: Gateway, slot: str) -> tuple[str, ...]:
    """Return the commands that send a slot's requests to an address that refuses: they are retried until
    `release_commands`.
    """
    host, port = NOWHERE
    return tuple(f"set server {route.proxy}/{slot} addr {host} port {port}" for route in gateway.routes)


def release_commands(gateway: Gateway, slot: str) -> tuple[str, ...]:
    return tuple(command for route in gateway.routes for command in _ready(gateway, route, slot))


def cut_commands(gateway: Gateway, slot: str) -> tuple[str, ...]:
    """End what is connected still, tunnels too, and take the slot off."""
    cut = [f"shutdown sessions server {route.proxy}/{slot}" for route in gateway.routes]
    return (*cut, *(f"set server {route.proxy}/{slot} state maint" for route in gateway.routes))


def servers(answer: str) -> tuple[BackendServer, ...]:
    """Read `show servers state` (version 1 of the format)."""
    columns: list[str] = []
    found = []
    for line in answer.splitlines():
        words = line.split()
        if words[:2] == ["#", "be_id"]:
            columns = words[1:]
        elif columns and len(words) >= len(columns) - 1 and words[0].isdigit():
            row = dict(zip(columns, words, strict=False))
            found.append(
                BackendServer(
                    proxy=row["be_name"],
                    slot=row["srv_name"],
                    address=row["srv_addr"],
                    port=int(row["srv_port"]),
                    serving=int(row["srv_admin_state"]) & NOT_SERVING == 0,
                )
            )
    return tuple(found)


def active_slot(found: tuple[BackendServer, ...]) -> str | None:
    """Return the slot whose servers all serve; None when no slot's do."""
    for slot in SLOTS:
        mine = [s.serving for s in found if s.slot == slot]
        if mine and all(mine):
            return slot
    return None


def sessions(answer: str, slot: str) -> int:
    """Count the connections that a slot carries now, from `show stat`."""
    return sum(_count(row, "scur") for row in _rows(answer) if row.get("svname") == slot)


def traffic(answer: str) -> GatewayCounters:
    """Sum up all ports, from what `COUNTED` answers: frontends count what came in, backends what was tried."""
    requests = failed = retried = 0
    slots: dict[str, SlotCounters] = {}
    for row in _rows(answer):
        if row.get("svname") == "FRONTEND":
            requests += _count(row, "req_tot" if row.get("mode") == "http" else "stot")
            failed += _count(row, "hrsp_5xx")
        elif row.get("svname") == "BACKEND":
            failed += _count(row, "econ") if row.get("mode") != "http" else 0
            retried += _count(row, "wretr")
        elif row.get("svname") in SLOTS and row.get("mode") == "http":
            one = slots.get(row["svname"], SlotCounters(0, 0))
            answered = sum(_count(row, f"hrsp_{group}") for group in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))
            slots[row["svname"]] = SlotCounters(one.requests + answered, one.errors + _count(row, "hrsp_5xx"))
    took, recent = histogram.read(answer)
    return GatewayCounters(requests, failed, retried, slots, took, recent)


def _rows(answer: str) -> Iterator[Mapping[str, str]]:
    """Read `show stat`: CSV with a header line that begins with `# pxname`."""
    columns: list[str] = []
    for line in answer.splitlines():
        if line.startswith("# "):
            columns = line[2:].split(",")
        else:
            yield dict(zip(columns, line.split(","), strict=False))


def _count(row: Mapping[str, str], column: str) -> int:
    text = row.get(column) or "0"
    return int(text) if text.isdigit() else 0


def memory_available(answer: str) -> int:
    """Bytes of the host's memory that are free to use, from `gateway-client memory`."""
    for line in answer.splitlines():
        key, _, value = line.partition(" ")
        if key == "MemAvailable:" and value.isdigit():
            return int(value) * 1024
    return 0
