"""Eureka as far as a swap meets it, in memory: what instances are there, their statuses, and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from buildsvc.engines.registry import Ask, RegistryReply

AT = "http://eureka:8761/eureka/"


@dataclass
class FakeEureka:
    """`statuses` by instance id, which here is an address and a port. Overridden ones stay so through heartbeats."""

    name: str = "ORDER"
    statuses: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def register(self, address: str) -> None:
        self.statuses.setdefault(f"{address}:8080", "UP")

    def answer(self, ask: Ask) -> RegistryReply:
        parts = urlsplit(ask.url)
        self.asked.append((ask.method, unquote(parts.path) + (f"?{parts.query}" if parts.query else "")))
        if self.silent or parts.hostname != "eureka":
            return RegistryReply(0)
        words = unquote(parts.path).removeprefix("/eureka/apps/").split("/")
        if words[0] != self.name:
            return RegistryReply(404)
        if len(words) == 1:
            return RegistryReply(200, json.dumps({"application": {"name": self.name, "instance": self._rows()}}))
        if words[1] not in self.statuses:
            return RegistryReply(404)
        if words[2:] == ["status"] and ask.method in {"PUT", "DELETE"}:
            self.statuses[words[1]] = parts.query.removeprefix("value=")
        elif ask.method == "DELETE":
            del self.statuses[words[1]]
        return RegistryReply(200)

    def _rows(self) -> list[dict[str, object]]:
        return [
            {"instanceId": name, "ipAddr": name.partition(":")[0], "port": {"$": 8080}, "status": status}
            for name, status in self.statuses.items()
        ]

    def callers_get(self) -> list[str]:
        """The addresses that a caller takes from now on."""
        return [name.partition(":")[0] for name, status in self.statuses.items() if status == "UP"]
