"""A component's configuration as it travels to clients: what it runs with, and what the site changed over the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class VariableView:
    """A variable of the environment; `value` is None for a secret. `own`: the site gave it, or changed it."""

    name: str
    value: str | None
    own: bool


@dataclass(frozen=True)
class OwnChangeView:
    """One change of the site's own. Values of secrets are never in it."""

    number: int
    actor: str
    reason: str
    at: datetime
    deployment: str
    environment: dict[str, str]
    taken: tuple[str, ...]
    secret: tuple[str, ...]
    memory: str | None
    cpus: str | None
    ports: tuple[str, ...] | None
    health: str | None
    mounts: tuple[str, ...] | None


@dataclass(frozen=True)
class ConfigurationView:
    """What a component is configured to be. Memory in bytes, processors in cores; `changes` are the site's own, newest
    first, `taken` variables that it takes away. `mounts` are as a Compose file writes them, `kept_mounts` say what came
    with the file and no form changes. `added`: no file names the component, the site added it.
    """

    application: str
    component: str
    is_jar: bool
    environment: tuple[VariableView, ...]
    taken: tuple[str, ...]
    memory: int | None
    cpus: float | None
    ports: tuple[str, ...]
    mounts: tuple[str, ...]
    kept_mounts: tuple[str, ...]
    health: str
    changes: tuple[OwnChangeView, ...]
    added: bool
