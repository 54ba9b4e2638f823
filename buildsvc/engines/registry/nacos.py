"""Nacos by its open API: `/nacos/v1/ns` (1.x, 2.x), `/nacos/v2/ns` (2.2 on), `/nacos/v3/admin/ns` (3.x).

An instance is taken out by `enabled=false`, as the console's own button does: it stays so whatever its client reports.
To delete it would not last: the client of 1.x registers anew by its next beat, and one of 2.x holds a connection of its
own that an HTTP request does not end. A list leaves out what is not enabled, and the question for one instance does not
say whether it is: one that is known and not listed was taken out. Sources: Nacos "Open API Guide", versions 1 to 3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from buildpacks.errors import Failure
from buildpacks.sentences.values import sentence
from buildsvc.engines.registry.registered import Ask, Call, Registered, RegistryReply, RegistryState, first_told
from buildsvc.model.registration import Registration

_UNKNOWN = frozenset({400, 404, 500})
"""What the versions answer for an instance that they do not know."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class OpenApi:
    """One version of it: its paths. What a list is wrapped in differs too, which reading it finds out."""

    login: str
    instances: str
    instance: str


VERSIONS = (
    OpenApi("/v1/auth/login", "/v1/ns/instance/list", "/v1/ns/instance"),
    OpenApi("/v1/auth/login", "/v2/ns/instance/list", "/v2/ns/instance"),
    OpenApi("/v3/auth/user/login", "/v3/admin/ns/instance/list", "/v3/admin/ns/instance"),
)


@dataclass(frozen=True)
class Nacos:
    """Implements `registered.Registry`. The first version whose list is answered is used."""

    registration: Registration
    call: Call

    def find(self, addresses: frozenset[str], port: int) -> tuple[Registered, ...]:
        api, token, listed = self._looked()
        mine = [one for one in listed if one.address in addresses]
        missing = sorted(addresses - {one.address for one in mine})
        ports = sorted({one.port for one in listed} or {port})
        out = [one for address in missing for each in ports if (one := self._unlisted(api, token, address, each))]
        return (*mine, *out)

    def _unlisted(self, api: OpenApi, token: Mapping[str, str], address: str, port: int) -> Registered | None:
        values = {**self._service(), "ip": address, "port": str(port), **token}
        path = f"{api.instance}?{urlencode(values)}"
        told = self._told(path, _UNKNOWN)
        said = _json(told)
        inner = said.get("data")
        found = inner if isinstance(inner, Mapping) else said
        return (
            Registered(f"{address}:{port}", address, port, "out") if told.good and found.get("ip") == address else None
        )

    def take_out(self, one: Registered) -> None:
        self._enabled(one, "false")

    def put_back(self, one: Registered) -> None:
        self._enabled(one, "true")

    def forget(self, one: Registered) -> None:
        """Nothing is left of an instance that is gone but what `put_back` mends when the next one comes."""

    def _enabled(self, one: Registered, enabled: str) -> None:
        api, token, _ = self._looked()
        values = {**self._service(), "ip": one.address, "port": str(one.port), "enabled": enabled, **token}
        path = f"{api.instance}?{urlencode(values)}"
        first_told(self.call, self.registration.servers, lambda at: Ask("PUT", _base(at) + path))

    def _looked(self) -> tuple[OpenApi, Mapping[str, str], tuple[Registered, ...]]:
        """Give the version that answers, what signs in there, and its list."""
        failure: Failure | None = None
        for api in VERSIONS:
            try:
                token = self._token(api)
                path = f"{api.instances}?{urlencode({**self._service(), 'healthyOnly': 'false', **token})}"
                told = self._told(path)
            except Failure as error:
                failure = failure or error
                continue
            hosts = _hosts(told)
            if hosts is not None:
                return api, token, tuple(_read(hosts))
        raise failure or Failure("registry-silent", heard=sentence("registry-heard.no-api"))

    def _told(self, path: str, also: frozenset[int] = frozenset()) -> RegistryReply:
        return first_told(self.call, self.registration.servers, lambda at: Ask("GET", _base(at) + path), also)

    def _token(self, api: OpenApi) -> dict[str, str]:
        """Sign in, where somebody is named. Raises Failure `registry-silent`."""
        if not self.registration.user:
            return {}
        body = urlencode({"username": self.registration.user, "password": self.registration.password})
        told = first_told(
            self.call, self.registration.servers, lambda at: Ask("POST", _base(at) + api.login, FORM, body)
        )
        said = _json(told)
        inner = said.get("data")
        token = said.get("accessToken") or (inner.get("accessToken") if isinstance(inner, Mapping) else None)
        return {"accessToken": str(token)} if token else {}

    def _service(self) -> dict[str, str]:
        told = self.registration
        group = told.group or "DEFAULT_GROUP"
        return {"serviceName": told.name, "groupName": group, "namespaceId": told.namespace or "public"}


def _base(server: str) -> str:
    """`nacos:8848` and `http://nacos:8848/nacos` are both taken."""
    whole = server if "://" in server else f"http://{server}"
    whole = whole.rstrip("/")
    return whole if whole.endswith("/nacos") else f"{whole}/nacos"


def _json(told: RegistryReply) -> Mapping[str, Any]:
    try:
        said = json.loads(told.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _hosts(told: RegistryReply) -> list[Any] | None:
    """Version 1 has `hosts` at the top, version 2 below `data`, version 3 a list there; None for what is neither."""
    said = _json(told)
    inner = said.get("data")
    if isinstance(inner, list):
        return inner
    found = inner.get("hosts") if isinstance(inner, Mapping) else said.get("hosts")
    return found if isinstance(found, list) else None


def _read(hosts: list[Any]) -> Iterator[Registered]:
    for one in hosts:
        if isinstance(one, Mapping) and isinstance(one.get("ip"), str):
            port = str(one.get("port", ""))
            number = int(port) if port.isdigit() else 0
            yield Registered(f"{one['ip']}:{port}", one["ip"], number, _state(one))


def _state(one: Mapping[str, Any]) -> RegistryState:
    if one.get("enabled") is False:
        return "out"
    return "up" if one.get("healthy", True) else "other"
