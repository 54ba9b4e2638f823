"""What happens when a running Compose project is taken over: events as `events` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ProjectRead:
    """What the labels say: how many containers there are, the Compose files, and the folder that they were started
    from.
    """

    project: str
    containers: int
    files: tuple[str, ...]
    folder: str
    kind: Literal["project-read"] = "project-read"


@dataclass(frozen=True)
class AdoptionPlanned:
    """What would be adopted, by component: those that go on as they are, and those whose jar can be replaced."""

    images: tuple[str, ...]
    jars: tuple[str, ...]
    kind: Literal["adoption-planned"] = "adoption-planned"


@dataclass(frozen=True)
class Adopted:
    """From now on they belong to the application; nothing of them was touched."""

    images: tuple[str, ...]
    jars: tuple[str, ...]
    kind: Literal["adopted"] = "adopted"


@dataclass(frozen=True)
class GatewayPutIn:
    """The first push of an adopted component: `container` gave its ports and names to a gateway, and nothing answered
    for `gap` seconds.
    """

    component: str
    container: str
    gap: float
    kind: Literal["gateway-put-in"] = "gateway-put-in"


@dataclass(frozen=True)
class AdoptedBack:
    """An adopted container has its ports and names again, because its first push failed: nothing answered for `gap`
    seconds.
    """

    component: str
    container: str
    gap: float
    kind: Literal["adopted-back"] = "adopted-back"


AdoptionEvent = ProjectRead | AdoptionPlanned | Adopted | GatewayPutIn | AdoptedBack
