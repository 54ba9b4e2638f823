"""What a site changes by itself over the Compose file of an application: one component's environment, limits, ports and
health check. It is laid over whatever the file says, also over the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class OwnSettings:
    """What stands over the file; what is None is as the file says. `environment` gives variables, `taken` takes them
    away, `secret` names those whose value is kept apart. Limits are written as in a Compose file.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    memory: str | None = None
    cpus: str | None = None
    ports: tuple[str, ...] | None = None
    health: str | None = None
    """`PATH` or `PORT PATH`; of a jar component."""


@dataclass(frozen=True)
class OwnChange:
    """One change: all of the component's own settings as they are from then on. `deployment` made it so."""

    number: int
    component: str
    settings: OwnSettings
    actor: str
    reason: str
    at: datetime
    deployment: str


def documented(component: str, settings: OwnSettings, *, is_jar: bool, image: str | None) -> dict[str, Any]:
    """Return the service of a Compose file that says the same. `$` is written so that nothing is filled in."""
    service: dict[str, Any] = {} if is_jar else {"image": image}
    if is_jar:
        service["x-buildsvc"] = {} if settings.health is None else {"health": _health(settings.health)}
    if settings.environment:
        service["environment"] = {name: text.replace("$", "$$") for name, text in settings.environment.items()}
    if settings.memory is not None:
        service["mem_limit"] = settings.memory
    if settings.cpus is not None:
        service["cpus"] = settings.cpus
    if settings.ports is not None:
        service["ports"] = list(settings.ports)
    return {component: service}


def _health(text: str) -> dict[str, Any]:
    first, _, rest = text.strip().partition(" ")
    return {"path": rest.strip(), "port": int(first)} if rest and first.isdecimal() else {"path": text.strip()}
