"""What runs of a Compose project that somebody else started, as an engine reads it from Compose's labels."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildsvc.model.application import Component, Network, Volume
from buildsvc.model.instance import State


@dataclass(frozen=True)
class HeldOfHost:
    """What a container has of its host, whatever any file says: mounts, ports, rights, logging and image in `spec`,
    which says nothing else. A volume or network that Compose made for the project has its key, others their name.
    """

    spec: Component
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True)
class ComposedContainer:
    """`one_off` is one of `docker compose run`; `ours` one that buildsvc made. `image_id` stays what it is when a tag
    moves on. `command` is entrypoint and command as they run. `binds` are pairs (target, absolute source on the host).
    `environment` is plain, that of the image among it: never show it, nor `command`. `held` is None where an engine
    gives nothing of its host away.
    """

    id: str
    name: str
    service: str
    state: State
    exit_code: int | None
    image: str
    image_id: str = ""
    command: tuple[str, ...] = ()
    user: str = ""
    one_off: bool = False
    ours: bool = False
    binds: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    held: HeldOfHost | None = None


@dataclass(frozen=True)
class ComposedProject:
    """`files` are the Compose files and `folder` the one that they were started from, on the host where that was done.
    `networks` and `volumes` are those that Compose made for it: pairs (key, name).
    """

    name: str
    files: tuple[str, ...]
    folder: str
    containers: tuple[ComposedContainer, ...]
    networks: tuple[tuple[str, str], ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()

    def of(self, service: str) -> tuple[ComposedContainer, ...]:
        """Return the containers of a service that are there to stay."""
        return tuple(one for one in self.containers if one.service == service and not one.one_off)
