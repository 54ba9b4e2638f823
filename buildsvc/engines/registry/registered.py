"""What a registry is asked and answers, and what is made of it, in no registry's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from buildpacks.errors import Failure

SILENT = "registry-silent"
"""Code of the failure where no server takes what it is asked."""
RegistryState = Literal["up", "out", "other"]


@dataclass(frozen=True)
class Ask:
    """One HTTP request; the URL may hold a password."""

    method: Literal["GET", "PUT", "POST", "DELETE"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class RegistryReply:
    """The answer; status 0 where there was none."""

    status: int
    body: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success


Call = Callable[[Ask], RegistryReply]


@dataclass(frozen=True)
class Registered:
    """One instance as the registry has it. `out` was taken out of what callers get, and runs."""

    id: str
    address: str
    port: int
    state: RegistryState


class Registry(Protocol):
    """Every call raises Failure `registry-silent` where no server takes it."""

    def find(self, addresses: frozenset[str], port: int) -> tuple[Registered, ...]:
        """Return those of the service at these addresses, also where callers do not get them; `port` is the one that
        its program listens on.
        """

    def take_out(self, one: Registered) -> None:
        """Callers that ask from now on do not get it, however often it says that it lives."""

    def put_back(self, one: Registered) -> None:
        """They get it again."""

    def forget(self, one: Registered) -> None:
        """Leave nothing of one that is gone for good for the next instance at its address."""


def first_told(
    call: Call, servers: Sequence[str], ask: Callable[[str], Ask], also: frozenset[int] = frozenset()
) -> RegistryReply:
    """Return the first good answer of the servers, or one whose status is among `also`. Raises Failure
    `registry-silent`.
    """
    heard = []
    for server in servers:
        told = call(ask(server))
        if told.good or told.status in also:
            return told
        heard.append(f"{shown(server)}: {told.status or 'no answer'}")
    raise Failure("registry-silent", heard="; ".join(heard))


def shown(server: str) -> str:
    """Return an address without what proves who asks."""
    parts = urlsplit(server)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
