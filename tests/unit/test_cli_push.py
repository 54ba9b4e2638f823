"""`buildsvc push` against a service that plays a part: exit status, words, JSON, what goes over the wire."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.formparser import MultiPartParser

from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.remote.client import Client
from tests.remote_service import ACCEPTED, BASE, FAILED, LIVE, Run, Service, playing


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


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
        "Undo: buildsvc undo shop order"
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
