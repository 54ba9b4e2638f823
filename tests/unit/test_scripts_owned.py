"""Processes that scripts start are known again by their start time, and nothing else is ever ended."""

from __future__ import annotations

import json
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts import owned
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SLEEPS = [sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()"]
DEAF = [
    sys.executable,
    "-c",
    "import signal; signal.signal(15, signal.SIG_IGN); print('here', flush=True); signal.pause()",
]


def script(*arguments: str) -> int:
    """In a process of its own, as the shell calls it: what it starts is then no child of this one."""
    return subprocess.run([sys.executable, ROOT / "scripts" / "owned.py", *arguments], check=False).returncode


def started(folder: Path, command: list[str]) -> None:
    assert script("start", str(folder), "it", *command) == 0
    until(lambda: "here" in (folder / "it.log").read_text())


def test_what_was_started_is_alive_until_it_is_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    started(folder, SLEEPS)
    assert script("alive", str(folder), "it") == 0
    assert owned.stop(folder, "it")
    assert script("alive", str(folder), "it") == 1
    assert not (folder / "it.pid").exists()


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    started(tmp_path, SLEEPS)
    true_record = (tmp_path / "it.pid").read_text()
    (tmp_path / "it.pid").write_text(json.dumps(json.loads(true_record) | {"began": "1"}))
    assert not owned.stop(tmp_path, "it")
    (tmp_path / "it.pid").write_text(true_record)
    assert owned.alive(tmp_path, "it")
    assert owned.stop(tmp_path, "it")


def test_one_that_does_not_listen_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    started(tmp_path, DEAF)
    record = json.loads((tmp_path / "it.pid").read_text())
    assert owned.stop(tmp_path, "it", grace=0.2)
    until(lambda: owned._began(record["pid"]) != record["began"])


def test_nothing_recorded_is_nothing_to_stop(tmp_path: Path) -> None:
    assert not owned.stop(tmp_path, "it")


def test_an_engine_that_is_not_there_is_told_with_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    fault = owned.engine_fault()
    assert fault is not None
    assert "none.sock" in fault
    monkeypatch.setenv("DOCKER_HOST", "ssh://host")
    assert "ssh://host" in str(owned.engine_fault())


class Ping(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        status = "200 OK" if asked.startswith("GET /_ping ") else "404 Not Found"
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK".encode())


def test_an_engine_that_answers_has_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine.sock"
    with socketserver.UnixStreamServer(str(path), Ping) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        assert owned.engine_fault() is None
        thread.join()
