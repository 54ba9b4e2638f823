"""The laptop's commands against a service that plays a part: exit status, words, JSON, and what is remembered."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from werkzeug.formparser import MultiPartParser

from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.session import recall, remember
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
            status, body_out = service.answers.get((self.command, parts.path), (404, vars(missing)))
            self._send(status, "application/json", json.dumps(body_out).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    return Handler


def sse(numbered: tuple[int, dict[str, Any]]) -> str:
    number, event = numbered
    data = {"number": number, "at": AT, "event": event, "text": "", "stage": None}
    return f"id: {number}\nevent: {event['kind']}\ndata: {json.dumps(data)}\n\n"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
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


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments, **how: CliRunner().invoke(cli, list(arguments), **how)


@pytest.fixture
def jar(tmp_path: Path) -> str:
    path = tmp_path / "order-1.2.jar"
    path.write_bytes(b"j" * 300_000)
    return str(path)


def test_push_ends_with_one_line_of_truth(service: Service, run: Run, jar: str) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    service.stream = [BASE, LIVE]
    done = run("push", jar, "--app", "shop")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == (
        "order is live as release 7 after 9.3 s (Java 17.0.1 on jre-17); nothing else was touched. "
        "Undo: buildsvc rollback shop order"
    )
    method, path, query, body, headers = service.asked[0]
    assert (method, path) == ("POST", "/api/artifacts")
    assert query == {"filename": ["order-1.2.jar"], "application": ["shop"]}
    assert len(body) == 300_000
    assert headers["Authorization"] == "Bearer secret"


def test_a_failed_deployment_is_exit_status_1_with_its_hint(service: Service, run: Run, jar: str) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    service.stream = [BASE, FAILED]
    done = run("push", jar)
    assert done.exit_code == 1
    assert "error: Never healthy." in done.stderr
    assert "hint: See the log." in done.stderr
    assert "| x" in done.stdout


def test_a_refused_upload_is_exit_status_2(service: Service, run: Run, jar: str) -> None:
    problem = {
        "title": "Refused",
        "status": 422,
        "detail": "It is cut short.",
        "code": "truncated",
        "hint": "Copy again.",
    }
    service.answer("POST", "/api/artifacts", 422, problem)
    done = run("push", jar)
    assert done.exit_code == 2
    assert "error: It is cut short." in done.stderr
    assert "hint: Copy again." in done.stderr


def test_no_service_is_exit_status_3(run: Run, jar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_URL", "http://127.0.0.1:1")
    done = run("push", jar)
    assert done.exit_code == 3
    assert "Nothing answers at http://127.0.0.1:1" in done.stderr


def test_json_streams_one_object_a_line_and_problems_too(service: Service, run: Run, jar: str) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    service.stream = [BASE, FAILED]
    done = run("push", jar, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["deployment"]["id"] == "d-1"
    assert [line["event"]["kind"] for line in lines[1:3]] == ["base-chosen", "failed"]
    assert lines[3]["code"] == "unhealthy"
    assert done.exit_code == 1


def test_the_same_bytes_again_say_so_and_change_nothing(service: Service, run: Run, jar: str) -> None:
    same = {**ACCEPTED, "deployment": None, "message": "Release 7 is live already.", "already_live": 7}
    service.answer("POST", "/api/artifacts", 200, same)
    done = run("push", jar)
    assert done.exit_code == 0
    assert done.stdout == "Release 7 is live already.\n"


def test_detach_says_how_to_follow(service: Service, run: Run, jar: str) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    done = run("push", jar, "--detach")
    assert "buildsvc events d-1 --follow" in done.stdout
    assert len(service.asked) == 1


def test_rollback_without_a_component_names_those_there_are(service: Service, run: Run) -> None:
    part = {"name": "order", "kind": "jar", "state": "running", "image": ""}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 1.0})
    done = run("rollback", "shop")
    assert done.exit_code == 2
    assert "order" in done.stderr


def test_status_shows_components_and_the_age_of_the_look(service: Service, run: Run) -> None:
    part = {"name": "order", "kind": "jar", "state": "running", "image": "i", "release": 7, "filename": "order-1.2.jar"}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 3.0})
    done = run("status", "shop")
    assert done.exit_code == 0
    assert [word for word in ("order", "running", "7", "order-1.2.jar") if word not in done.stdout] == []
    assert "Seen 3 s ago." in done.stderr


def test_a_name_that_is_not_there_is_exit_status_2(service: Service, run: Run) -> None:
    done = run("status", "shpo", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["code"] == "nothing"


def test_login_remembers_for_this_user_alone(
    service: Service, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer("GET", "/api/session", 200, {"name": "ada", "role": "admin"})
    done = run("login", service.url, "--token", "-", input="bsv_x\n")
    assert done.exit_code == 0, done.output
    file = tmp_path / "config" / "buildsvc" / "login.json"
    assert recall(file) == (service.url, "bsv_x", None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert service.asked[-1][4]["Authorization"] == "Bearer bsv_x"
    monkeypatch.delenv("BUILDSVC_URL")
    monkeypatch.delenv("BUILDSVC_TOKEN")
    service.answer("GET", "/api/applications", 200, [])
    assert run("apps").exit_code == 0
    assert service.asked[-1][4]["Authorization"] == "Bearer bsv_x"


def test_a_remembered_token_is_not_shown_to_another_service(
    service: Service, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(tmp_path / "config" / "buildsvc" / "login.json", "http://elsewhere:1", "bsv_x")
    monkeypatch.delenv("BUILDSVC_TOKEN")
    service.answer("GET", "/api/applications", 200, [])
    run("apps")
    assert "Authorization" not in service.asked[-1][4]


def test_without_a_service_the_way_to_one_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BUILDSVC_URL", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = run("apps")
    assert done.exit_code == 2
    assert "buildsvc login" in done.stderr


def test_something_else_at_the_address_is_told_apart(service: Service) -> None:
    service.answer("GET", "/api/applications", 200, {"not": "ours"})
    with Client(service.url, None) as client, pytest.raises(Exception, match="not buildsvc's") as caught:
        client.applications()
    assert caught.value.exit_status == 3  # type: ignore[attr-defined]


def test_an_upload_tells_its_progress(service: Service, jar: str) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    seen: list[tuple[int, int]] = []
    with Client(service.url, None) as client:
        client.push(Path(jar), application=None, component=None, force=True, progress=lambda *at: seen.append(at))
    assert seen[-1] == (300_000, 300_000)
    assert service.asked[0][2]["force"] == ["true"]


def test_a_jar_and_its_libraries_go_as_one_form(service: Service, run: Run, jar: str, tmp_path: Path) -> None:
    service.answer("POST", "/api/artifacts", 202, ACCEPTED)
    libraries = tmp_path / '库 "1".zip'
    libraries.write_bytes(b"l" * 200_000)
    done = run("push", jar, "--libs", str(libraries), "--app", "shop", "--detach")
    assert done.exit_code == 0, done.output
    assert 'order-1.2.jar and 库 "1".zip are for order of shop' in done.stderr
    _, _, query, body, headers = service.asked[0]
    assert query == {"application": ["shop"]}
    assert len(body) == int(headers["Content-Length"])
    boundary = headers["Content-Type"].partition("boundary=")[2].encode()
    _, parts = MultiPartParser().parse(io.BytesIO(body), boundary, len(body))
    files = [(field, file.filename, file.read()) for field, file in parts.items()]
    for file in parts.values():
        file.close()
    assert files == [
        ("artifact", "order-1.2.jar", b"j" * 300_000),
        ("libraries", libraries.name, b"l" * 200_000),
    ]


def test_libraries_alone_say_what_became_of_them(service: Service, run: Run, jar: str) -> None:
    kept = {**ACCEPTED, "deployment": None, "message": "Nothing was deployed.", "already_live": None}
    service.answer("POST", "/api/artifacts", 200, kept)
    done = run("push", "--libs", jar)
    assert (done.exit_code, done.stdout) == (0, "Nothing was deployed.\n")
    assert b'name="libraries"' in service.asked[0][3]


def test_a_push_of_nothing_is_wrong_usage(run: Run) -> None:
    done = run("push")
    assert done.exit_code == 2
    assert "--libs" in done.stderr


def test_apply_says_what_waits_for_its_jar(service: Service, run: Run, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("name: shop\nservices:\n  order:\n    x-buildsvc: {}\n")
    service.answer("PUT", "/api/applications", 202, {**ACCEPTED, "component": ""})
    part = {"name": "order", "kind": "jar", "state": "waiting", "image": ""}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 1.0})
    service.answer("GET", "/api/deployments/d-1", 200, DEPLOYMENT)
    service.stream = [{"kind": "settled"}]
    done = run("apply", str(compose))
    assert done.exit_code == 0, done.output
    assert "order waits for its jar: buildsvc push JAR --app shop --component order" in done.stdout
    assert b"x-buildsvc" in service.asked[0][3]


BILL = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}]},
        {"type": "library", "name": "b", "version": "2"},
        {"type": "library", "name": "libc6", "version": "2.36", "purl": "pkg:deb/debian/libc6@2.36"},
    ],
}
RELEASE = {
    "number": 3,
    "live": True,
    "served": True,
    "artifact": "ab",
    "filename": "order.jar",
    "version": "1",
    "java": 17,
    "base": "jre-17",
    "image": "r",
    "created": AT,
}


def test_the_bill_of_the_live_release_is_printed_and_written(service: Service, run: Run, tmp_path: Path) -> None:
    path = "/api/applications/shop/components/order/releases"
    service.answer("GET", path, 200, [{**RELEASE, "number": 4, "live": False}, RELEASE])
    service.answer("GET", f"{path}/3/sbom", 200, BILL)
    assert json.loads(run("sbom", "shop", "order").stdout) == BILL
    done = run("sbom", "shop", "order", "-o", str(tmp_path / "order.cdx.json"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads((tmp_path / "order.cdx.json").read_bytes()) == BILL
    assert run("sbom", "shop", "order", "-o", str(tmp_path / "no" / "file")).exit_code == 2


def test_the_licences_of_any_release_are_listed_without_the_systems_packages(service: Service, run: Run) -> None:
    service.answer("GET", "/api/applications/shop/components/order/releases/9/sbom", 200, BILL)
    told = run("sbom", "shop", "order", "--release", "9", "--licences")
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert lines == ["LICENCE COUNT COMPONENTS", "MIT 1 a 1", "(not stated) 1 b 2"]
    listed = json.loads(run("sbom", "shop", "order", "--release", "9", "--licences", "--json").stdout)
    assert listed[0] == {"licence": "MIT", "components": ["a 1"]}


def test_a_component_that_waits_has_no_bill(service: Service, run: Run) -> None:
    service.answer("GET", "/api/applications/shop/components/order/releases", 200, [])
    done = run("sbom", "shop", "order")
    assert done.exit_code == 2
    assert "no live release" in done.stderr


CANCELLED = {**DEPLOYMENT, "phase": "cancelled", "ended": AT, "error_message": "It was cancelled before anything."}


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        (CANCELLED, 0, "The deployment of order is cancelled: It was cancelled before anything."),
        ({**DEPLOYMENT, "phase": "failed", "ended": AT, "error_message": "No."}, 1, "ended by itself: it failed. No."),
        ({**DEPLOYMENT, "phase": "settled", "ended": AT}, 1, "Too late: order is settled."),
    ],
)
def test_cancel_says_what_came_of_it(service: Service, run: Run, told: dict[str, Any], status: int, words: str) -> None:
    service.answer("POST", "/api/deployments/d-1/cancel", 200, {**DEPLOYMENT, "phase": "building"})
    service.answer("GET", "/api/deployments/d-1", 200, told)
    service.stream = [BASE]
    done = run("cancel", "d-1")
    assert (done.exit_code, words in done.stdout) == (status, True), done.output
    assert "was asked to stop" in done.stderr


def test_cancel_of_one_that_waited_follows_nothing(service: Service, run: Run) -> None:
    service.answer("POST", "/api/deployments/d-1/cancel", 200, CANCELLED)
    done = run("cancel", "d-1", "--json")
    assert (done.exit_code, json.loads(done.stdout)["phase"]) == (0, "cancelled")
    assert len(service.asked) == 1


def test_a_service_that_refuses_an_upload_early_is_heard(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps({"title": "x", "status": 413, "detail": "It is too large.", "code": "too-large", "hint": "Less."})
    answer = f"HTTP/1.1 413 Too Large\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    jar = tmp_path / "big.jar"
    with jar.open("wb") as file:
        file.truncate(64 << 20)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("BUILDSVC_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=_refuse_early, args=(server, answer))
        thread.start()
        done = run("push", str(jar))
        thread.join()
    assert done.exit_code == 2, done.output
    assert "error: It is too large." in done.stderr


def _refuse_early(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.5)
        with contextlib.suppress(OSError):
            for _ in range(8):
                connection.recv(65536)
