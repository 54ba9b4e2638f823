"""What a site changes by itself over the Compose file of an application: one component's environment, limits, ports,
mounts and health check, or a whole component that the file does not name. It is laid over whatever the file says, also
over the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AddedComponent:
    """A jar component that the site added: how its jar is matched, the port that it listens on, whom it waits for."""

    artifact: str
    port: int | None = None
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnSettings:
    """What stands over the file; what is None is as the file says. `environment` gives variables, `taken` takes them
    away, `secret` names those whose value is kept apart. Limits, ports and mounts are written as in a Compose file;
    `mounts` takes the place of the volumes and folders of the server that the file mounts, not of what came with it.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    memory: str | None = None
    cpus: str | None = None
    ports: tuple[str, ...] | None = None
    health: str | None = None
    """`PATH` or `PORT PATH`; of a jar component."""
    mounts: tuple[str, ...] | None = None
    added: AddedComponent | None = None
    """Where no file names the component."""
    gone: bool = False
    """Whether the site took the component away that it had added."""


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
    if settings.added is not None:
        service["x-buildsvc"]["artifact"] = settings.added.artifact
        if settings.added.port is not None:
            service["expose"] = [str(settings.added.port)]
    if settings.environment:
        service["environment"] = {name: text.replace("$", "$$") for name, text in settings.environment.items()}
    if settings.memory is not None:
        service["mem_limit"] = settings.memory
    if settings.cpus is not None:
        service["cpus"] = settings.cpus
    if settings.ports is not None:
        service["ports"] = list(settings.ports)
    if settings.mounts is not None:
        service["volumes"] = list(settings.mounts)
    return {component: service}


def _health(text: str) -> dict[str, Any]:
    first, _, rest = text.strip().partition(" ")
    return {"path": rest.strip(), "port": int(first)} if rest and first.isdecimal() else {"path": text.strip()}
