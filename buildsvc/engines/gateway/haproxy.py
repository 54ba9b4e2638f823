"""HAProxy in front of a jar component: its configuration and its pages, as text. Pure.

Format: HAProxy 2.6 configuration manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from buildsvc.engines.gateway import histogram
from buildsvc.engines.gateway.ports import Route
from buildsvc.engines.two_places import SLOTS

HOME = "/gateway"
"""Folder in the gateway's own file system: configuration, pages, administration socket."""
CONFIGURATION = "haproxy.cfg"
"""What HAProxy reads when it starts, in that folder."""


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
    resolver: str | None = None
    """The name server that knows the slots, where they are names: what to call it, its address and port."""

    def with_active(self, slot: str | None) -> Gateway:
        return replace(self, active=slot)

    def address(self, slot: str) -> str:
        return self.blue if slot == "blue" else self.green


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
    nameserver {resolver}
    hold valid 1s
"""


def is_name(address: str) -> bool:
    return not address.replace(".", "").isdigit()


def _listen(gateway: Gateway, route: Route) -> str:
    lines = [f"\nlisten {route.proxy}\n    bind :{route.port}\n"]
    lines.append(_HTTP.format(home=HOME) + histogram.rules() if route.traffic == "http" else "    mode tcp\n")
    for slot in SLOTS:
        address = gateway.address(slot)
        names = " resolvers names init-addr last,libc,none" if is_name(address) else ""
        state = "" if gateway.active == slot else " disabled"
        lines.append(f"    server {slot} {address}:{route.port}{names}{state}\n")
    return "".join(lines)


def configuration(gateway: Gateway) -> str:
    """Write the whole haproxy.cfg. No server has a check: a check on the live slot turns a health endpoint's 503 into
    an outage. A component that holds requests retries once a second for two minutes: Java programs start in less.
    """
    head = _GLOBAL.format(
        application=gateway.application,
        component=gateway.component,
        home=HOME,
        retries=120 if gateway.holds else 3,
    )
    named = _RESOLVERS.format(resolver=gateway.resolver) if is_name(gateway.blue) else ""
    return head + named + histogram.BACKEND + "".join(_listen(gateway, route) for route in gateway.routes)


def _page(title: str, text: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<body style="font:16px sans-serif;margin:4em auto;max-width:36em">'
        f"<h1>{title}</h1><p>{text}</p></body></html>\n"
    )


def pages(gateway: Gateway) -> Mapping[str, str]:
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


def files(gateway: Gateway) -> Mapping[str, bytes]:
    """Return all that lies in `HOME` before HAProxy starts, by file name."""
    texts = {CONFIGURATION: configuration(gateway), **pages(gateway)}
    return {name: text.encode() for name, text in texts.items()}


def configured_slot(text: str) -> str | None:
    """Return the slot that a configuration of ours enables; None while the component waits."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["server"] and words[-1] != "disabled" and words[1] in SLOTS:
            return words[1]
    return None
