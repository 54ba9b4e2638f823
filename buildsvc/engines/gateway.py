"""The HAProxy in front of a jar component: its configuration as text, its runtime commands as data. Pure.

Formats: HAProxy 2.6 configuration manual, and its management guide for `show servers state` and `show stat`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildpacks.errors import Refused
from buildsvc.model.application import Component, Traffic

SLOTS = ("blue", "green")
HOME = "/gateway"
"""Folder in the gateway's own file system: configuration, pages, administration socket."""
CLIENT = "gateway-client"
NOT_SERVING = 0x01 | 0x02 | 0x20 | 0x08 | 0x10
"""Bits of srv_admin_state: forced, inherited and resolution maintenance; forced and inherited drain."""
DEFAULT_PORT = 8080
NOWHERE = ("127.0.0.1", 1)
"""An address that refuses at once: the gateway retries, and so holds the request."""


@dataclass(frozen=True)
class Route:
    """One port that the gateway carries, the same outside and in."""

    port: int
    traffic: Traffic

    @property
    def proxy(self) -> str:
        return f"p{self.port}"


@dataclass(frozen=True)
class Gateway:
    """Everything its configuration depends on. `blue` and `green` are addresses (names on networks that are not ours).

    `active` is the slot that serves, None while the component waits for its first release.
    """

    application: str
    component: str
    routes: tuple[Route, ...]
    blue: str
    green: str
    holds: bool = False
    active: str | None = None

    def with_active(self, slot: str | None) -> Gateway:
        return replace(self, active=slot)

    def address(self, slot: str) -> str:
        return self.blue if slot == "blue" else self.green


@dataclass(frozen=True)
class BackendServer:
    """One line of `show servers state`, joined with `show stat`."""

    proxy: str
    slot: str
    address: str
    port: int
    serving: bool


def other(slot: str | None) -> str:
    """The slot that is free when `slot` serves; blue when none does."""
    return "green" if slot == "blue" else "blue"


def plain_environment(component: Component) -> dict[str, str]:
    """The component's environment without secrets: enough to learn its ports."""
    return {key: value for key, value in component.environment if isinstance(value, str)}


def main_port(component: Component) -> int:
    """The port that HTTP is expected on: health's, else SERVER_PORT, else the first that is published or exposed."""
    jar = component.jar
    if jar and jar.health and jar.health.port:
        return jar.health.port
    told = plain_environment(component).get("SERVER_PORT", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    explicit = [port for port, _ in jar.ports] if jar else []
    declared = [p.target for p in component.ports if p.protocol == "tcp"] + explicit + list(component.expose)
    return declared[0] if declared else DEFAULT_PORT


def routes(component: Component) -> tuple[Route, ...]:
    """The union of `ports`, `expose`, `x-buildsvc.ports` and health, ascending: http for the main port, tcp for the
    others, unless told otherwise. Raises Refused `udp-port`.
    """
    for port in component.ports:
        if port.protocol == "udp":
            raise Refused(
                "udp-port",
                f"{component.name} publishes UDP port {port.target}, which a gateway cannot carry.",
                "Remove the port, or run this program as an image component.",
            )
    main = main_port(component)
    told: dict[int, Traffic | None] = dict(component.jar.ports) if component.jar else {}
    numbers = {main, *told, *component.expose, *(p.target for p in component.ports)}
    return tuple(Route(n, told.get(n) or ("http" if n == main else "tcp")) for n in sorted(numbers))


_GLOBAL = """\
# Written by buildsvc for {application}/{component}; changed at each swap, read only when the gateway starts.
global
    nbthread 2
    maxconn 8000
    tune.bufsize 65536
    tune.maxrewrite 16384
    tune.http.maxhdr 256
    stats socket {home}/admin.sock mode 600 level admin
    stats timeout 1m

defaults
    timeout connect 3s
    timeout client 1h
    timeout server 1h
    timeout tunnel 24h
    timeout http-request 2m
    timeout http-keep-alive 10m
    timeout queue 1m
    retries {retries}
    retry-on conn-failure
    option redispatch 1
    option clitcpka
    option srvtcpka
    errorfile 503 {home}/unavailable.http
"""

_HTTP = """\
    mode http
    option accept-invalid-http-request
    option accept-invalid-http-response
    option forwardfor
    http-request return status 503 content-type "text/html; charset=utf-8" file {home}/waiting.html hdr Retry-After 5 \
if {{ nbsrv eq 0 }}
    http-request set-header X-Forwarded-Proto http unless {{ req.hdr(X-Forwarded-Proto) -m found }}
    http-request set-var(txn.port) req.hdr(host),port_only
    http-request set-var(txn.port) int(80) unless {{ var(txn.port) -m int gt 0 }}
    http-request set-header X-Forwarded-Port %[var(txn.port)] unless {{ req.hdr(X-Forwarded-Port) -m found }}
"""

_RESOLVERS = """
resolvers names
    nameserver docker 127.0.0.11:53
    hold valid 1s
"""


def _is_name(address: str) -> bool:
    return not address.replace(".", "").isdigit()


def _listen(gateway: Gateway, route: Route) -> str:
    lines = [f"\nlisten {route.proxy}\n    bind :{route.port}\n"]
    lines.append(_HTTP.format(home=HOME) if route.traffic == "http" else "    mode tcp\n")
    for slot in SLOTS:
        address = gateway.address(slot)
        names = " resolvers names init-addr last,libc,none" if _is_name(address) else ""
        state = "" if gateway.active == slot else " disabled"
        lines.append(f"    server {slot} {address}:{route.port}{names}{state}\n")
    return "".join(lines)


def configuration(gateway: Gateway) -> str:
    """The whole haproxy.cfg. No server has a check: a check on the live slot turns a health endpoint's 503 into an
    outage. A component that holds requests retries once a second for two minutes: Java programs start in less.
    """
    head = _GLOBAL.format(
        application=gateway.application,
        component=gateway.component,
        home=HOME,
        retries=120 if gateway.holds else 3,
    )
    named = _RESOLVERS if _is_name(gateway.blue) else ""
    return head + named + "".join(_listen(gateway, route) for route in gateway.routes)


def _page(title: str, text: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<body style="font:16px sans-serif;margin:4em auto;max-width:36em">'
        f"<h1>{title}</h1><p>{text}</p></body></html>\n"
    )


def pages(gateway: Gateway) -> dict[str, str]:
    """File name -> content of the two answers that the gateway gives by itself: `waiting.html` before a first release,
    `unavailable.http` (a whole HTTP response) when the instance refuses connections.
    """
    name = f"{gateway.application} / {gateway.component}"
    waiting = _page(f"{name} is waiting", "No release of this component is live yet. Push a jar to bring it up.")
    down = _page(f"{name} does not answer", "Its instance refuses connections; it may be starting again.")
    head = "HTTP/1.1 503 Service Unavailable\r\nCache-Control: no-cache\r\nConnection: close\r\nRetry-After: 5\r\n"
    return {
        "waiting.html": waiting,
        "unavailable.http": f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{down}",
    }


def switch_commands(gateway: Gateway, to: str) -> tuple[str, ...]:
    """First every new server is ready, then every old one drains: at no moment is none of them serving."""
    away = other(to)
    ready = [command for route in gateway.routes for command in _ready(gateway, route, to)]
    drain = [f"set server {route.proxy}/{away} state drain" for route in gateway.routes]
    return (*ready, *drain)


def _ready(gateway: Gateway, route: Route, slot: str) -> list[str]:
    address = gateway.address(slot)
    moved = [] if _is_name(address) else [f"set server {route.proxy}/{slot} addr {address} port {route.port}"]
    return [*moved, f"set server {route.proxy}/{slot} state ready"]


def hold_commands(gateway: Gateway, slot: str) -> tuple[str, ...]:
    """Requests for the slot go to an address that refuses, and are retried until `release_commands`."""
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
    """The slot whose servers all serve; None when no slot's do."""
    for slot in SLOTS:
        mine = [s.serving for s in found if s.slot == slot]
        if mine and all(mine):
            return slot
    return None


def configured_slot(text: str) -> str | None:
    """The slot that a configuration of ours enables; None while the component waits."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["server"] and words[-1] != "disabled" and words[1] in SLOTS:
            return words[1]
    return None


def sessions(answer: str, slot: str) -> int:
    """Connections that a slot carries now, from `show stat` (CSV with a header line that begins with `# pxname`)."""
    columns: list[str] = []
    total = 0
    for line in answer.splitlines():
        words = line.split(",")
        if line.startswith("# "):
            columns = line[2:].split(",")
        elif columns and len(words) > 1 and words[1] == slot:
            total += int(dict(zip(columns, words, strict=False)).get("scur") or 0)
    return total


def memory_available(answer: str) -> int:
    """Bytes of the host's memory that are free to use, from `gateway-client memory`."""
    for line in answer.splitlines():
        key, _, value = line.partition(" ")
        if key == "MemAvailable:" and value.isdigit():
            return int(value) * 1024
    return 0
