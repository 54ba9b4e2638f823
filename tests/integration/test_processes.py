"""`buildsvc up` with its real processes and its real Redis; no engine is needed, and none is there."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from buildsvc.doors.cli.remote.client import Client
from tests import forge
from tests.waiting import until


@dataclass
class Up:
    """One `buildsvc up`: its process, what it said so far, and where it listens."""

    process: subprocess.Popen[bytes]
    output: Path
    url: str

    def said(self) -> str:
        return self.output.read_text()

    def children(self) -> dict[int, str]:
        """Every process below it: pid -> command line."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = stat.read_text().split(" (", 1)
                state, parent = rest.rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(pid)] = int(parent)
            except (FileNotFoundError, ProcessLookupError):
                continue
        found: dict[int, str] = {}
        below = {self.process.pid}
        while below:
            below = {pid for pid, parent in parents.items() if parent in below and pid not in found}
            found |= {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in below}
        return found

    def pid_of(self, name: str) -> int:
        told = re.findall(rf"{name} runs as (\d+)", (self.output.parent / "data dir/logs/up.log").read_text())
        return int(told[-1])

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def settings(root: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BUILDSVC_")}
    return {
        **kept,
        "BUILDSVC_DATA": str(root / "data dir"),
        "BUILDSVC_LISTEN": f"127.0.0.1:{port}",
        "BUILDSVC_DOCKER_HOST": f"unix://{root}/no-engine.sock",
        "BUILDSVC_POLL": "0.5s",
    }


def start(root: Path, port: int) -> Up:
    output = root / "up.out"
    with output.open("wb") as file:
        argv = [sys.executable, "-m", "buildsvc.doors.cli.main", "up"]
        process = subprocess.Popen(argv, stdout=file, stderr=file, env=settings(root, port))
    return Up(process, output, f"http://127.0.0.1:{port}")


def is_ready(up: Up) -> bool:
    assert up.process.poll() is None, up.said()
    return "ready at" in up.said()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def up(tmp_path: Path, port: int) -> Iterator[Up]:
    started = start(tmp_path, port)
    until(lambda: is_ready(started), 60)
    yield started
    started.process.kill()
    started.process.wait(10)


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_it_answers_with_the_token_that_it_printed_once_and_ends_in_order(up: Up, tmp_path: Path, port: int) -> None:
    found = re.search(r"bsv_\S+", up.said())
    assert found is not None
    with Client(up.url, found.group()) as client:
        assert client.applications() == []
    assert requests.get(f"{up.url}/api/applications", timeout=5).status_code == 401
    pids = set(up.children())
    assert len(pids) == 3
    assert up.stop() == 0
    until(lambda: gone(pids))

    again = start(tmp_path, port)
    try:
        until(lambda: is_ready(again), 60)
        assert "bsv_" not in again.said()
        assert again.stop() == 0
    finally:
        again.process.kill()
        again.process.wait(10)


def test_a_second_up_is_refused_and_names_the_first(up: Up, tmp_path: Path, port: int) -> None:
    argv = [sys.executable, "-m", "buildsvc.doors.cli.main", "up"]
    second = subprocess.run(argv, capture_output=True, text=True, env=settings(tmp_path, port), check=False)
    assert second.returncode == 2
    assert f"as process {up.process.pid}" in second.stderr
    assert "hint: " in second.stderr


def test_a_killed_process_is_started_again_and_the_site_goes_on(up: Up) -> None:
    for name in ("keeper", "web", "redis"):
        before = up.pid_of(name)
        os.kill(before, signal.SIGKILL)
        until(lambda name=name, before=before: up.pid_of(name) != before)
    until(lambda: _ready(up.url))


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_when_it_is_killed_nothing_of_it_lives_on_and_it_starts_again(up: Up, tmp_path: Path, port: int) -> None:
    pids = set(up.children())
    up.process.kill()
    up.process.wait(10)
    until(lambda: gone(pids))
    again = start(tmp_path, port)
    try:
        until(lambda: is_ready(again), 60)
        assert again.stop() == 0
    finally:
        again.process.kill()
        again.process.wait(10)


def test_a_jar_in_the_inbox_that_is_nobodys_is_answered(up: Up, tmp_path: Path) -> None:
    inbox = tmp_path / "data dir" / "inbox"
    forge.write(inbox / "order.jar", forge.jar())
    answer = inbox / "order.jar.failed"
    until(answer.exists)
    assert "reason: " in answer.read_text()
    assert not (inbox / "order.jar").exists()
