"""How a component's callers find it past its gateway: by a registry in which its instances register themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

RegistryKind = Literal["eureka", "nacos"]
KINDS: tuple[RegistryKind, ...] = get_args(RegistryKind)


@dataclass(frozen=True)
class RegistryWish:
    """`x-buildsvc.registry`: what is said here goes before what the jar's configuration says. `kind` auto looks at the
    jar, off leaves every registry alone. `at` is the registry's address, `name` the service's name there,
    `lag` seconds.
    """

    kind: Literal["auto", "off", "eureka", "nacos"] = "auto"
    at: str | None = None
    name: str | None = None
    lag: float | None = None


@dataclass(frozen=True)
class Registration:
    """`servers` are addresses that know the same; the first that answers is asked. `lag` is how many seconds callers
    may take to learn of a change there. It may hold a password: never write it down.
    """

    kind: RegistryKind
    servers: tuple[str, ...]
    name: str
    lag: float
    namespace: str = ""
    group: str = ""
    user: str = ""
    password: str = ""
