"""Parts of an application apart from the usual: names beside its own, what it asks of the host, site values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["text", "number", "address", "port", "path", "secret", "choice"]


@dataclass(frozen=True)
class Naming:
    """How a component is known and whom it knows, beside its own name and the aliases of its networks.

    `container` is its `container_name`. `links` and `external_links` are pairs (component or container, alias): such an
    alias reaches the linking component alone.
    """

    container: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    external_links: tuple[tuple[str, str], ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    domain: str | None = None
    mac_address: str | None = None
    addresses: tuple[tuple[str, str], ...] = ()
    """Pairs (network key, IPv4 address) that the file fixes."""


@dataclass(frozen=True)
class HostUse:
    """What a component asks of the host beyond its own container; the site says whether it is admitted."""

    network: str | None = None
    """`host` or `none`, instead of networks."""
    pid: str | None = None
    ipc: str | None = None
    uts: str | None = None
    userns: str | None = None
    cgroup: str | None = None
    cgroup_parent: str | None = None
    runtime: str | None = None
    devices: tuple[str, ...] = ()
    """As in `docker run --device`: source, target and permissions."""
    device_rules: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteValue:
    """`x-buildsvc.values`: what every site answers for itself. `says` are pairs (language, sentence); `secrets` pairs
    (a secret's name, its text with holes `${NAME}`) of the secrets that it makes up.
    """

    name: str
    kind: ValueKind = "text"
    default: str = ""
    choices: tuple[str, ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ValueUse:
    """Where values stand: the names and numbers that lead there from the application. `text` has holes `${NAME}`; with
    a `factor` it is a number, so many times the answer.
    """

    place: tuple[str, ...]
    text: str
    factor: int | float | None = None
