"""Eureka by its REST operations (Netflix/eureka wiki, "Eureka REST operations").

An instance is taken out by a status of its own beside the one that it reports: its heartbeats go on, and callers take
only those that are UP. To delete it would not last: the next heartbeat is answered by 404, and it registers anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from buildsvc.engines.registry.registered import Ask, Call, Registered, RegistryReply, RegistryState, first_told
from buildsvc.model.registration import Registration

OUT, UP = "OUT_OF_SERVICE", "UP"
_NOT_FOUND = frozenset({404})
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Eureka:
    """Implements `registered.Registry`."""

    registration: Registration
    call: Call

    def find(self, addresses: frozenset[str], port: int) -> tuple[Registered, ...]:  # noqa: ARG002 - it lists them all
        path = f"apps/{quote(self.registration.name.upper(), safe='')}"
        told = first_told(self.call, self.registration.servers, lambda at: _ask("GET", at, path), _NOT_FOUND)
        return tuple(one for one in _read(told) if one.address in addresses) if told.good else ()

    def take_out(self, one: Registered) -> None:
        self._status("PUT", one, OUT)

    def put_back(self, one: Registered) -> None:
        self._status("DELETE", one, UP)

    def forget(self, one: Registered) -> None:
        path = self._path(one)
        first_told(self.call, self.registration.servers, lambda at: _ask("DELETE", at, path), _NOT_FOUND)

    def _status(self, method: str, one: Registered, status: str) -> None:
        path = f"{self._path(one)}/status?value={status}"
        first_told(self.call, self.registration.servers, lambda at: _ask(method, at, path))

    def _path(self, one: Registered) -> str:
        return f"apps/{quote(self.registration.name.upper(), safe='')}/{quote(one.id, safe=':')}"


def _ask(method: Any, server: str, path: str) -> Ask:
    return Ask(method, f"{server.rstrip('/')}/{path}", _JSON)


def _read(told: RegistryReply) -> Iterator[Registered]:
    """Read one application; what is not of its shape is left out."""
    try:
        found = json.loads(told.body)["application"]["instance"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict) and isinstance(one.get("ipAddr"), str):
            port = one.get("port")
            number = str(port.get("$", "")) if isinstance(port, dict) else str(port)
            name = str(one.get("instanceId") or one.get("hostName"))
            yield Registered(name, one["ipAddr"], int(number) if number.isdigit() else 0, _state(one))


def _state(one: dict[str, Any]) -> RegistryState:
    if one.get("status") == UP:
        return "up"
    return "out" if one.get("status") == OUT else "other"
