"""A service that plays a part for the laptop's commands."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import Result

from buildsvc.model.api import Problem

AT = datetime(2026, 1, 1, tzinfo=UTC).isoformat()


DEPLOYMENT = {
    "id": "d-1",
    "application": "shop",
    "component": "order",
    "cause": "artifact",
    "phase": "settled",
    "artifact": "abc",
    "release": 7,
    "actor": "me",
    "door": "api",
    "created": AT,
}


ACCEPTED = {
    "application": "shop",
    "component": "order",
    "deployment": DEPLOYMENT,
    "message": "queued",
    "matched_by": "spring.application.name",
}


BASE = {"kind": "base-chosen", "base": "jre-17", "java": "17.0.1", "platform": "linux/amd64", "reason": "smallest"}


LIVE = {"kind": "live", "release": 7, "seconds": 9.3, "soak": 60.0}


FAILED = {"kind": "failed", "code": "unhealthy", "message": "Never healthy.", "hint": "See the log.", "log_tail": ["x"]}


@dataclass
class Service:
    """Answers each (method, path) with what the test put there; remembers what was asked."""

    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    stream: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, list[str]], bytes, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """What every answer has besides."""

    def answer(self, method: str, path: str, status: int, body: Any) -> None:
        self.answers[method, path] = (status, body)


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.asked.append((self.command, parts.path, parse_qs(parts.query), body, dict(self.headers)))
            if "text/event-stream" in self.headers.get("Accept", ""):
                self._send(200, "text/event-stream", "".join(map(sse, enumerate(service.stream, 1))).encode())
                return
            missing = Problem(title="Not Found", status=404, detail="No such thing.", code="nothing", hint="Look.")
            # A plan is asked for by the same route, and answered otherwise.
            asked = f"{self.command}?plan" if "plan=true" in parts.query else self.command
            status, body_out = service.answers.get((asked, parts.path), (404, vars(missing)))
            self._send(status, "application/json", json.dumps(body_out).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    return Handler


def sse(numbered: tuple[int, dict[str, Any]]) -> str:
    number, event = numbered
    data = {"number": number, "at": AT, "event": event, "text": "", "stage": None}
    return f"id: {number}\nevent: {event['kind']}\ndata: {json.dumps(data)}\n\n"


Run = Callable[..., Result]


@contextmanager
def playing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    service = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(service))
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("BUILDSVC_URL", service.url)
    monkeypatch.setenv("BUILDSVC_TOKEN", "secret")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield service
    server.shutdown()
    server.server_close()
    thread.join()
