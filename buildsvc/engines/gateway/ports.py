"""Which ports a gateway carries, and for what kind of traffic. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.errors import Refused
from buildsvc.model.application import Component, Traffic

DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Route:
    """One port that the gateway carries, the same outside and in."""

    port: int
    traffic: Traffic

    @property
    def proxy(self) -> str:
        return f"p{self.port}"


def plain_environment(component: Component) -> dict[str, str]:
    """Return the component's environment without secrets: enough to learn its ports."""
    return {key: value for key, value in component.environment if isinstance(value, str)}


def main_port(component: Component) -> int:
    """Return the port that HTTP is expected on: health's, else SERVER_PORT, else the first that is published or
    exposed.
    """
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
    """Return the union of `ports`, `expose`, `x-buildsvc.ports` and health, ascending: http for the main port, tcp for
    the others, unless told otherwise. Raises Refused `udp-port`.
    """
    for port in component.ports:
        if port.protocol == "udp":
            raise Refused("udp-port", component=component.name, port=port.target)
    main = main_port(component)
    told: dict[int, Traffic | None] = dict(component.jar.ports) if component.jar else {}
    numbers = {main, *told, *component.expose, *(p.target for p in component.ports)}
    return tuple(Route(n, told.get(n) or ("http" if n == main else "tcp")) for n in sorted(numbers))
