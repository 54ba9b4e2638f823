"""`x-buildsvc` of a service: what makes it a jar component, and how its artifact is matched, checked and swapped."""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

from buildpacks.kinds.tomcat import CONTEXT
from buildpacks.sentences.values import sentence
from buildsvc.compose import locality, spec_keys
from buildsvc.compose.ports import port_number
from buildsvc.compose.registry_wish import read_registry
from buildsvc.compose.spot import Spot
from buildsvc.model.application import HttpCheck, JarSettings, KeptPaused, Layers, Natives, Traffic
from buildsvc.model.registration import RegistryWish

_OLDEST_JAVA, _NEWEST_JAVA = 5, 99
_MAX_PORT = 65535
_MOST_ENDS = 10
_MOST_PATHS = 20
_PATH = re.compile(r"/[^\s\"\\#\x00-\x1f]*")


def read_jar(spot: Spot, name: str) -> JarSettings:
    """Read the settings; null and `{}` mean all defaults."""
    found = {
        key: value
        for key, value in spot.known((*spec_keys.X_BUILDSVC, *spec_keys.X_BUILDSVC_DATA)).items()
        if not value.null
    }
    defaults = JarSettings(artifact=name)
    artifact = found["artifact"].text() if "artifact" in found else None
    java = found["java"].integer(_OLDEST_JAVA, _NEWEST_JAVA, "expected.java") if "java" in found else None
    health = _health(found["health"]) if "health" in found else None
    strategy: Literal["start-first", "stop-first"] = "start-first"
    if "strategy" in found and found["strategy"].one_of("start-first", "stop-first") == "stop-first":
        strategy = "stop-first"
    return JarSettings(
        artifact=artifact or name,
        java=java,
        health=health,
        ports=_ports(found["ports"]) if "ports" in found else (),
        drain=_seconds(found.get("drain"), defaults.drain),
        soak=_seconds(found.get("soak"), defaults.soak),
        keep=_keep(found["keep"]) if "keep" in found else defaults.keep,
        deadline=_seconds(found.get("deadline"), defaults.deadline),
        strategy=strategy,
        chown=found["chown"].boolean() if "chown" in found else False,
        context=_context(found["context"]) if "context" in found else defaults.context,
        layers=_layers(found.get("layers")),
        cds=found["cds"].boolean() if "cds" in found else True,
        timezone=locality.timezone(found["timezone"]) if "timezone" in found else None,
        locale=locality.locale(found["locale"]) if "locale" in found else None,
        may_end=_may_end(found["may_end"]) if "may_end" in found else defaults.may_end,
        watch_errors=found["watch_errors"].boolean() if "watch_errors" in found else True,
        warm=_paths(found["warm"]) if "warm" in found else (),
        registry=read_registry(found["registry"]) if "registry" in found else RegistryWish(),
        secrets=found["secrets"].texts("expected.variables") if "secrets" in found else (),
        natives=_natives(found.get("natives")),
    )


def _may_end(spot: Spot) -> int:
    return spot.integer(0, _MOST_ENDS, sentence("expected.times", most=_MOST_ENDS)) or 0


def _seconds(spot: Spot | None, default: float) -> float:
    if spot is None:
        return default
    seconds = spot.duration()
    return default if seconds is None else seconds


def _keep(spot: Spot) -> float | KeptPaused:
    """Read a duration, or `{paused: DURATION}`."""
    if not spot.is_map:
        return _seconds(spot, 0.0)
    spot.known(("paused",))
    return KeptPaused(_seconds(spot.get("paused"), 0.0))


def _context(spot: Spot) -> str:
    path = spot.text("expected.context") or "/"
    if not CONTEXT.fullmatch(path):
        spot.fault("wrong-value.context", text=path)
    return path


def _layers(spot: Spot | None) -> Layers:
    wished = spot.one_of(*get_args(Layers)) if spot is not None else None
    return cast("Layers", wished or "artifact")


def _natives(spot: Spot | None) -> Natives:
    wished = spot.one_of(*get_args(Natives)) if spot is not None else None
    return cast("Natives", wished or "auto")


def _health(spot: Spot) -> HttpCheck | None:
    """Read a path, or `{path, port}`."""
    port: int | None = None
    if spot.is_map:
        spot.known(("path", "port"))
        port_spot = spot.get("port")
        port = port_spot.integer(1, _MAX_PORT, "expected.port") if port_spot is not None else None
        path_spot = spot.get("path")
        if path_spot is None:
            spot.fault("missing-key.health-path")
            return None
    else:
        path_spot = spot
    path = path_spot.text("expected.health")
    if path is None:
        return None
    if not path.startswith("/") or any(c.isspace() for c in path):
        path_spot.fault("wrong-value.health-path", text=path)
        return None
    return HttpCheck(path, port)


def _paths(spot: Spot) -> tuple[str, ...]:
    """Read one path, or a list of them, each as it stands in a URL."""
    found = []
    for item in spot.each():
        path = item.text("expected.warm")
        if path is not None and not _PATH.fullmatch(path):
            item.fault("wrong-value.warm-path", text=path)
        elif path is not None:
            found.append(path)
    if len(found) > _MOST_PATHS:
        spot.fault("wrong-value.warm-many", count=len(found), most=_MOST_PATHS)
    return tuple(found)


def _ports(spot: Spot) -> tuple[tuple[int, Traffic | None], ...]:
    """Read a list of `8080`, `8080/http`, or a mapping `{8080: http}`."""
    found: dict[int, Traffic | None] = {}
    if spot.is_map:
        pairs = [(key, "" if value.null else value.text() or "", value) for key, value in spot.entries().items()]
    else:
        texts = [(item.text("expected.traffic") or "", item) for item in spot.items("expected.ports")]
        pairs = [(*_halves(text), item) for text, item in texts if text]
    for number, traffic, item in pairs:
        port = port_number(item, number)
        if traffic == "udp":
            item.fault("udp-refused.names", number=number)
        elif traffic not in {"", "http", "tcp"}:
            item.fault("wrong-value.traffic", traffic=traffic)
        elif port is not None:
            found[port] = "http" if traffic == "http" else "tcp" if traffic == "tcp" else None
    return tuple(found.items())


def _halves(text: str) -> tuple[str, str]:
    number, _, traffic = text.partition("/")
    return number, traffic
