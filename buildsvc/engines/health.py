"""When is an instance healthy? Which questions to ask, and what the answers mean. Pure; engines ask.

Order: `x-buildsvc.health`; the Compose `healthcheck`; Spring Boot's actuator; `GET /` below 500 twice; TCP for 5 s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Any

from buildpacks.sentences.values import sentence
from buildsvc.engines.base import RollOut
from buildsvc.engines.gateway import main_port, routes
from buildsvc.model.application import CommandCheck
from buildsvc.model.events import Warned
from buildsvc.model.raised import warned

HELD = 5
"""Seconds that a TCP connection, or an instance without any check, must last."""
PACE = 20
"""Rounds of questions a second at first: a program that is ready waits 50 ms at most."""
SLOWER = ((10.0, 10), (60.0, 4))
"""After so many seconds so many rounds: what starts that long should have the processor to itself."""
PORT_GRACE = 10.0
"""Seconds that a management port may open later than the main one."""
LOCALHOST_6 = "00000000000000000000000001000000"
LOCALHOST = re.compile(r"\A(0000000000000000FFFF0000)?[0-9A-F]{6}7F\Z")
CURL_CANNOT_CONNECT = 7
CURL_TIMED_OUT = 28
MOVED_ON = frozenset({"400", "401", "403", "404", "405", "406", "410"})


@dataclass(frozen=True)
class Probe:
    """One question: GET `path` on `port` of the instance."""

    port: int
    path: str


@dataclass(frozen=True)
class HttpPolicy:
    """`x-buildsvc.health`: this one answers 2xx, nothing else will do."""

    probe: Probe


@dataclass(frozen=True)
class CommandPolicy:
    """The Compose healthcheck, run inside the instance."""

    check: CommandCheck


@dataclass(frozen=True)
class AlivePolicy:
    """The health check is disabled: to run for a few seconds is enough."""

    seconds: int = HELD


@dataclass(frozen=True)
class Discovery:
    """Nothing was said: actuator probes in order, then `GET /`, then TCP on these ports."""

    actuator: tuple[Probe, ...]
    roots: tuple[Probe, ...]
    declared: bool
    """False where the component names no port at all."""
    others: tuple[Probe, ...] = ()
    """`GET /` on ports that carry anything: asked once at the start, because the main one may speak TLS."""

    @property
    def main(self) -> int:
        """The port that the gateway sends requests to."""
        return self.roots[0].port

    def on(self, ports: Sequence[int]) -> Discovery:
        """Ask the same questions on the ports that were found open, where nobody had named one."""
        paths = dict.fromkeys(probe.path for probe in self.actuator)
        actuator = tuple(Probe(port, path) for port in ports for path in paths)
        return Discovery(actuator, tuple(Probe(port, "/") for port in ports), declared=True)


Policy = HttpPolicy | CommandPolicy | AlivePolicy | Discovery


def pace(waited: float) -> int:
    """How many times a second to ask an instance that has been starting for so many seconds."""
    return next((rounds for after, rounds in reversed(SLOWER) if waited >= after), PACE)


def setting(environment: Mapping[str, str], hints: Mapping[str, str], *names: str) -> str | None:
    """Return a Spring property by the first of its names that is set: the environment (relaxed binding: upper case,
    dots become underscores, dashes vanish) before the jar's own configuration; a `${…}` counts as unset.
    """
    for name in names:
        value = environment.get(name.upper().replace("-", "").replace(".", "_"), hints.get(name, ""))
        if value and "${" not in value:
            return value
    return None


def _port(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and 0 < int(text) < 2**16 else None


def _folder(text: str | None) -> str:
    stripped = (text or "").strip("/")
    return f"/{stripped}" if stripped else ""


def choose(spec: RollOut) -> Policy:
    """Choose the policy that fits, before anything is asked."""
    component = spec.component
    if component.jar and component.jar.health:
        asked = component.jar.health
        return HttpPolicy(Probe(asked.port or main_port(component), asked.path))
    if component.healthcheck_disabled:
        return AlivePolicy()
    if component.healthcheck:
        return CommandPolicy(component.healthcheck)
    return discovery(spec)


def discovery(spec: RollOut) -> Discovery:
    """Candidates from the component's ports and the application's own settings."""
    component = spec.component
    jar_ports = component.jar.ports if component.jar else ()
    declared = bool(component.ports or component.expose or jar_ports or "SERVER_PORT" in spec.environment)

    def said(*names: str) -> str | None:
        return setting(spec.environment, spec.hints, *names)

    told = _port(said("server.port"))
    main = told if told and not declared else main_port(component)
    context = _folder(said("server.servlet.context-path", "server.context-path", "spring.webflux.base-path"))
    base = _folder(said("management.endpoints.web.base-path") or "/actuator")
    management = _port(said("management.server.port", "management.port"))
    prefixes = [(main, context)]
    if management and management != main:
        folder = _folder(said("management.server.base-path", "management.server.servlet.context-path"))
        prefixes.insert(0, (management, folder))
    actuator = [Probe(port, f"{prefix}{base}/health{tail}") for port, prefix in prefixes for tail in ("/readiness", "")]
    http = [route.port for route in routes(component) if route.traffic == "http" and route.port != main]
    other = [route.port for route in routes(component) if route.traffic != "http" and route.port != main]
    roots = tuple(Probe(port, "/") for port in (main, *http))
    return Discovery(tuple(actuator), roots, declared, tuple(Probe(port, "/") for port in other))


class HealthAnswer(StrEnum):
    """What one answer of the gateway's client (`CODE:EXIT`) means for an actuator question."""

    GOOD = "good"
    WAIT = "wait"
    CLOSED = "closed"
    NOT_THIS = "not this"
    MUTE = "mute"


def read(token: str) -> HealthAnswer:
    """`CODE:EXIT`: the HTTP status, 000 without one, and curl's exit status."""
    code, _, exit_status = token.partition(":")
    if code == "000" or not code:
        if exit_status == str(CURL_CANNOT_CONNECT) or not exit_status:
            return HealthAnswer.CLOSED
        return HealthAnswer.WAIT if exit_status == str(CURL_TIMED_OUT) else HealthAnswer.MUTE
    if code.startswith("2"):
        return HealthAnswer.GOOD
    return HealthAnswer.NOT_THIS if code.startswith("3") or code in MOVED_ON else HealthAnswer.WAIT


@dataclass(frozen=True)
class HealthVerdict:
    """`probe` answered well; or wait; or (neither) none of them will ever. `late` tells that a port before it is still
    closed and may open.
    """

    probe: Probe | None = None
    wait: bool = False
    late: bool = False


def judge(probes: Sequence[Probe], tokens: Sequence[str]) -> HealthVerdict:
    """Walk the questions in order. A 503 waits; 401, 403, 404 and redirects move on; a closed port moves on only where
    another port answers.
    """
    answers = [read(token) for token in tokens]
    open_ports = {p.port for p, a in zip(probes, answers, strict=False) if a is not HealthAnswer.CLOSED}
    late = False
    for probe, answer in zip(probes, answers, strict=False):
        if answer is HealthAnswer.GOOD:
            return HealthVerdict(probe=probe, late=late)
        if answer is HealthAnswer.WAIT:
            return HealthVerdict(wait=True, late=late)
        if answer is HealthAnswer.CLOSED:
            if not open_ports:
                return HealthVerdict(wait=True)
            late = True
    return HealthVerdict(late=late, wait=not answers)


def is_actuators(body: str) -> bool:
    """Tell whether this is what Spring Boot's health says: a JSON object with a status. A page that an application
    shows at every path is none.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("status"), str)


def main_closed(main: int, probes: Sequence[Probe], tokens: Sequence[str]) -> bool:
    """Whether nothing listens on the main port, as far as these answers tell."""
    answers = [read(token) for probe, token in zip(probes, tokens, strict=False) if probe.port == main]
    return bool(answers) and all(answer is HealthAnswer.CLOSED for answer in answers)


def why_not(main: int, outside: frozenset[int], inside: frozenset[int]) -> dict[str, Any]:
    """Why nothing answered, by the ports that are open to others and those on localhost only: a sentence that goes on
    with another one (empty where the ports do not tell), its hint what to do.
    """
    if main in inside:
        how = "localhost"
    elif outside and main not in outside:
        how = "other-port"
    elif inside and not outside:
        how = "other-port-on-localhost"
    else:
        how = "unknown" if outside else "no-port"
    return sentence(f"why-not-healthy.{how}", main=main, outside=sorted(outside), inside=sorted(inside))


def ended_as_it_may(component: str, code: object, ends: int, may: int) -> Warned:
    """Warn that an instance ended before it was healthy, and that its component says that it may do so."""
    return warned("instance-started-again", component=component, code=code, ends=ends, may=may)


def root_answers(token: str) -> bool:
    """`GET /` below 500."""
    code = token.partition(":")[0]
    return code.isdigit() and 0 < int(code) < 500  # noqa: PLR2004 - the class of server errors begins there


def listening(text: str, besides: str = "") -> tuple[frozenset[int], frozenset[int]]:
    """Read /proc/net/tcp and tcp6 one after the other: (ports open to others, ports open on localhost only). What
    listens at the IPv4 address `besides` is the engine's own and counts for neither.

    Source: Linux Documentation/networking/proc_net_tcp: little-endian hex addresses, state 0A is LISTEN.
    """
    outside: set[int] = set()
    inside: set[int] = set()
    engine = IPv4Address(besides).packed[::-1].hex().upper() if besides else None
    for line in text.splitlines():
        words = line.split()
        if len(words) < 4 or words[3] != "0A" or ":" not in words[1]:  # noqa: PLR2004 - columns of that table
            continue
        address, _, port = words[1].rpartition(":")
        if address == engine:
            continue
        (inside if address == LOCALHOST_6 or LOCALHOST.search(address) else outside).add(int(port, 16))
    return frozenset(outside), frozenset(inside - outside)
