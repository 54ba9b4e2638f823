"""`buildsvc up` with its real processes and its real Redis; no engine is needed, and none is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from buildsvc.doors.cli.remote.client import Client
from tests import forge
from tests.ups import Up, free_port, is_ready, settings, start, started
from tests.waiting import until

_STARTED_WITHOUT = """
from buildsvc.doors.cli.screen import in_words
from buildsvc.doors.processes import up
from buildsvc.settings.reading import read
up.front_program = lambda: None
raise SystemExit(up.run_site(read(), lambda key, **values: print(in_words(key, **values), flush=True)))
"""
WITHOUT_HAPROXY = ("-c", _STARTED_WITHOUT)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def up(tmp_path: Path, port: int) -> Iterator[Up]:
    made = started(tmp_path, port)
    yield made
    made.process.kill()
    made.process.wait(10)


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_it_answers_with_the_token_that_it_printed_once_and_ends_in_order(up: Up, tmp_path: Path, port: int) -> None:
    with Client(up.url, up.token()) as client:
        assert client.applications() == []
    assert requests.get(f"{up.url}/api/applications", timeout=5).status_code == 401
    pids = set(up.children())
    assert len(pids) == 4
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
    for name in ("keeper", "web", "redis", "front"):
        before = up.pid_of(name)
        os.kill(before, signal.SIGKILL)
        until(partial(another, up, name, before))
    until(lambda: _ready(up.url))


def another(up: Up, name: str, before: int) -> bool:
    return up.pid_of(name) != before


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
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
    until((inbox / "order.jar").is_file)


def test_a_second_site_on_a_taken_port_ends_and_does_not_call_itself_ready(up: Up, tmp_path: Path, port: int) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    second = start(elsewhere, port)
    assert second.process.wait(30) == 2
    assert f"Something listens on 127.0.0.1:{port} already." in second.said()
    assert "ready at" not in second.said()
    assert _ready(up.url)


def test_without_haproxy_it_says_so_and_serves_loopback_only(tmp_path: Path, port: int) -> None:
    up = start(tmp_path, port, program=WITHOUT_HAPROXY, BUILDSVC_LISTEN=f"0.0.0.0:{port}")
    try:
        until(lambda: is_ready(up), 60)
        assert "so only 127.0.0.1 is served" in up.said()
        assert _ready(up.url)
        with pytest.raises(requests.ConnectionError):
            # Another of loopback's addresses, which 0.0.0.0 would have had.
            requests.get(f"http://127.0.0.2:{port}/healthz", timeout=5)
    finally:
        up.process.kill()
        up.process.wait(10)


def test_a_front_that_was_killed_loses_no_connection_that_comes_meanwhile(up: Up) -> None:
    os.kill(up.pid_of("front"), signal.SIGKILL)
    assert requests.get(f"{up.url}/healthz", timeout=20).ok
