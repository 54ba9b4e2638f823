"""Nacos by its open API, over HTTP, against a server that answers as each version documents it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from buildpacks.errors import Failure
from buildsvc.engines.registry import Ask, Registry, RegistryReply, registry_of
from buildsvc.model.registration import Registration

BLUE, GREEN = "10.0.0.2", "10.0.0.3"
BOTH = frozenset({BLUE, GREEN})
PREFIX = {1: "/nacos/v1/ns", 2: "/nacos/v2/ns", 3: "/nacos/v3/admin/ns"}


@dataclass
class FakeNacos:
    """`enabled` by address, each on port 8080. Without `password` everybody may ask."""

    version: int
    enabled: dict[str, bool]
    password: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, target: str, body: str) -> tuple[int, object]:
        parts = urlsplit(target)
        values = {key: told[0] for key, told in parse_qs(parts.query).items()}
        self.asked.append(f"{method} {parts.path}")
        if parts.path in {"/nacos/v1/auth/login", "/nacos/v3/auth/user/login"}:
            ok = parse_qs(body) == {"username": ["nacos"], "password": [self.password]}
            return (200, {"accessToken": "token-1"}) if ok else (403, {})
        if self.password and values.get("accessToken") != "token-1":
            return 403, {}
        right = values.get("serviceName") == "order" and values.get("groupName") == "DEFAULT_GROUP"
        return self._service(method, parts.path, values) if right else (404, {})

    def _service(self, method: str, path: str, values: dict[str, str]) -> tuple[int, object]:
        prefix = PREFIX[self.version]
        if (method, path) == ("GET", f"{prefix}/instance/list"):
            return 200, self._list()
        if path != f"{prefix}/instance" or values.get("ip") not in self.enabled or values.get("port") != "8080":
            return 404, {}
        if method == "PUT":
            self.enabled[values["ip"]] = values["enabled"] == "true"
            return 200, "ok"
        row = {"ip": values["ip"], "port": 8080, "healthy": True}
        return 200, row if self.version == 1 else {"code": 0, "data": row}

    def _list(self) -> object:
        hosts = [{"ip": ip, "port": 8080, "healthy": True, "enabled": True} for ip, on in self.enabled.items() if on]
        return {1: {"hosts": hosts}, 2: {"code": 0, "data": {"hosts": hosts}}, 3: {"code": 0, "data": hosts}}[
            self.version
        ]


@contextmanager
def serving(nacos: FakeNacos) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, said = nacos.answer(self.command, self.path, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = handle_one  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def call(ask: Ask) -> RegistryReply:
    """As the gateway does it."""
    parts = urlsplit(ask.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=5)
    try:
        connection.request(ask.method, f"{parts.path}?{parts.query}", ask.body or None, dict(ask.headers))
        response = connection.getresponse()
        return RegistryReply(response.status, response.read().decode())
    except OSError:
        return RegistryReply(0)
    finally:
        connection.close()


def registry(server: str, password: str = "") -> Registry:
    user = "nacos" if password else ""
    return registry_of(Registration("nacos", (server,), "order", 1.0, user=user, password=password), call)


def states(asked: Registry) -> dict[str, str]:
    return {one.address: one.state for one in asked.find(BOTH, 8080)}


@pytest.mark.parametrize("version", PREFIX)
@pytest.mark.parametrize("password", ["", "secret &="])
def test_an_instance_is_taken_out_and_put_back_by_every_version(version: int, password: str) -> None:
    nacos = FakeNacos(version, {BLUE: True, GREEN: True, "10.9.9.9": True}, password)
    with serving(nacos) as server:
        asked = registry(server, password)
        assert states(asked) == {BLUE: "up", GREEN: "up"}
        blue = next(one for one in asked.find(BOTH, 8080) if one.address == BLUE)
        asked.take_out(blue)
        assert nacos.enabled == {BLUE: False, GREEN: True, "10.9.9.9": True}
        assert states(asked) == {BLUE: "out", GREEN: "up"}, "one that is not listed any more is known still"
        asked.put_back(next(one for one in asked.find(BOTH, 8080) if one.state == "out"))
        assert nacos.enabled[BLUE]


def test_one_that_nobody_registered_is_not_there() -> None:
    with serving(FakeNacos(1, {BLUE: True})) as server:
        assert states(registry(server)) == {BLUE: "up"}


def test_a_server_that_is_not_there_or_lets_nobody_in_is_silent() -> None:
    with pytest.raises(Failure, match="registry") as raised:
        registry("http://127.0.0.1:1").find(BOTH, 8080)
    assert raised.value.code == "registry-silent"
    with serving(FakeNacos(2, {BLUE: True}, "right")) as server, pytest.raises(Failure) as refused:
        registry(server, "wrong").find(BOTH, 8080)
    assert "403" in refused.value.message
    assert "wrong" not in refused.value.message


def test_the_second_server_is_asked_where_the_first_is_away() -> None:
    with serving(FakeNacos(1, {BLUE: True})) as server:
        both = Registration("nacos", ("127.0.0.1:1", server.removeprefix("http://")), "order", 1.0)
        assert [one.address for one in registry_of(both, call).find(BOTH, 8080)] == [BLUE]
