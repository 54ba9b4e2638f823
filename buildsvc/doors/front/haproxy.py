"""The HAProxy before the web process: its configuration as text, and the command that runs it. Pure.

What is slow, silent or too much is held here, where a connection costs some kilobytes and no thread. Format: HAProxy
2.6 configuration manual; a gateway's configuration has other aims (`engines/gateway`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

from buildpacks.sentences import catalogue
from buildsvc.doors.front.lanes import Lane
from buildsvc.model.api import Problem
from buildsvc.settings.from_text import AddressRange

HEADERS_WITHIN, SILENCE = 10, 30
"""Seconds: in which a request's headers must have come, and that a client may be silent in a body."""
MOST_CONNECTIONS = 4000
SIGN_INS = 30
"""Sign-ins that one address may try in ten seconds; behind this the web process slows down who guesses tokens."""
WHOLE_BODY = 12_288
"""Bytes of a body that are waited for here before a thread hears of the request; a larger one counts as an upload."""
ENDS_WITHIN = 5
"""Seconds that open requests have when the front is told to stop."""


@dataclass(frozen=True)
class Front:
    """Everything its configuration depends on. `listener` is the number of an open, listening descriptor."""

    listener: int
    lanes: tuple[Lane, ...]
    connections: int
    per_address: int
    trusted: tuple[AddressRange, ...] = ()
    certificate: Path | None = None
    language: str = catalogue.DEFAULT


_GLOBAL = """\
# Written by buildsvc at each start.
global
    nbthread 1
    maxconn {connections}
    hard-stop-after {ends}s
    tune.h2.max-concurrent-streams 32
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
    mode http
    option http-server-close
    option dontlognull
    timeout connect 5s
    timeout http-request {headers}s
    timeout http-keep-alive 15s
    timeout client {silence}s
    timeout client-fin 10s
    timeout server 11m
    timeout queue 15s
    retries 20
    retry-on conn-failure
"""

_FRONTEND = """
frontend door
    bind fd@{listener}{tls}
    tcp-request connection track-sc0 src table addresses
    acl own-proxy src {trusted}
    tcp-request connection reject if {{ sc0_conn_cur gt {per_address} }} !own-proxy
    http-request set-var(txn.caller) src
{hops}    http-request del-header Forwarded
    http-request del-header X-Forwarded- -m beg
    http-request del-header X-Real-IP
    http-request del-header _ -m sub
    http-request set-header X-Forwarded-For %[var(txn.caller)]
    http-request set-header X-Forwarded-Proto %[var(txn.scheme)]
    acl sign-in path /api/session
    acl changes method POST PUT PATCH
    http-request track-sc1 var(txn.caller) table sign-ins if sign-in changes
    http-request return status 429 content-type "application/problem+json" string {too_many} \
hdr Retry-After 10 if sign-in changes {{ sc1_http_req_rate gt {sign_ins} }}
    acl upload path /api/artifacts /api/applications /api/uploads
    acl upload path_beg /api/tus/
    acl large req.hdr_val(content-length) gt {whole}
    acl unmeasured req.hdr(transfer-encoding) -m found
    acl stream path_reg ^/api/deployments/[^/]+/events$ ^/api/applications/[^/]+/components/[^/]+/logs$
    use_backend uploads if upload changes
    use_backend uploads if large or unmeasured
    use_backend streams if stream
    default_backend rest
"""

_HOP = """\
    http-request set-var(txn.caller) req.hdr_ip(X-Forwarded-For,{hop}) if {earlier} \
{{ req.hdr_cnt(X-Forwarded-For) ge {count} }}
"""
_SCHEME = """\
    http-request set-var(txn.scheme) str({scheme})
    http-request set-var(txn.scheme) str(https) if own-proxy {{ req.hdr(X-Forwarded-Proto) -m str https }}
"""

_BACKEND = """
backend {name}
{extra}    server web unix@{socket} maxconn {requests}
"""
_TABLES = """
backend addresses
    stick-table type ipv6 size 100k expire 2m store conn_cur

backend sign-ins
    stick-table type ipv6 size 100k expire 1m store http_req_rate(10s)
"""
_EXTRA = {
    # Whoever waits for a free way in is still sending; the time is that of the uploads before it.
    "uploads": "    timeout queue 10m\n",
    "streams": "    timeout server 1m\n",
    "rest": "    option http-buffer-request\n",
}
_SAID = {
    400: "bad-request.front",
    408: "too-slow.front",
    500: "front-failed.front",
    502: "web-failed.front",
    503: "busy.front",
    504: "no-answer.front",
}
"""What the front itself answers. It knows nothing of who asks, so it speaks the site's language."""
_HOPS = 3
"""Proxies of the site that may stand one behind the other."""


def configuration(front: Front) -> str:
    """Write the whole haproxy.cfg."""
    head = _GLOBAL.format(connections=front.connections, ends=ENDS_WITHIN, headers=HEADERS_WITHIN, silence=SILENCE)
    problems = {status: _problem(status, key, front.language) for status, key in _SAID.items()}
    said = "".join(
        f'    http-error status {status} content-type "application/problem+json" string {problem}\n'
        for status, problem in problems.items()
    )
    tls = f" ssl crt {_quoted(str(front.certificate))} alpn h2,http/1.1" if front.certificate else ""
    body = _FRONTEND.format(
        listener=front.listener,
        tls=tls,
        trusted=" ".join(map(str, front.trusted)) or "255.255.255.255",
        per_address=front.per_address,
        hops=_hops(front) + _SCHEME.format(scheme="https" if front.certificate else "http"),
        too_many=_problem(429, "too-many-attempts.front", front.language),
        sign_ins=SIGN_INS,
        whole=WHOLE_BODY,
    )
    ways = "".join(
        _BACKEND.format(name=lane.name, extra=_EXTRA[lane.name], socket=lane.socket, requests=lane.requests)
        for lane in front.lanes
    )
    return head + said + body + ways + _TABLES


def argv(program: str, file: Path) -> list[str]:
    """Return the whole command; it stays in the foreground, in one process."""
    return [program, "-db", "-f", str(file)]


def affordable(descriptors: int) -> int:
    """How many connections `descriptors` open files allow: each takes two, and some are for the program itself."""
    return max(32, min(MOST_CONNECTIONS, (descriptors - 128) // 2))


def _hops(front: Front) -> str:
    """Rules that take the caller out of what the site's own proxies say: the last address that is none of theirs."""
    if not front.trusted:
        return ""
    ours = " ".join(map(str, front.trusted))
    lines = []
    for hop in range(1, _HOPS + 1):
        earlier = "own-proxy" if hop == 1 else f"{{ var(txn.caller) -m ip {ours} }}"
        lines.append(_HOP.format(hop=-hop, earlier=earlier, count=hop))
    return "".join(lines)


def _problem(status: int, key: str, language: str) -> str:
    said = catalogue.tell(key, {}, language)
    title = catalogue.tell(f"status.{status}", {"word": HTTPStatus(status).phrase}, language).message
    code, variant = catalogue.split(key)
    problem = Problem(title, status, said.message, code, said.hint, variant=variant, values={})
    return _quoted(json.dumps(asdict(problem), ensure_ascii=False))


def _quoted(text: str) -> str:
    """Write a word as the configuration wants it: nothing within single quotes means anything."""
    return "'" + text.replace("'", "'\\''") + "'"
