"""What is slow, silent or too much at the door, beside somebody who works. Bounded, and on loopback alone."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.front.lanes import OPENING_STREAMS
from buildsvc.model.events import Healthy
from tests.siege import Siege, p95_of_api
from tests.ups import Up, free_port, started, unfinished
from tests.waiting import until

SOON = 5.0
"""Seconds that say "not held up" on a machine of any age: a held door keeps its callers for all of its time-outs.

How soon exactly 95 of 100 answers come is measured by `benchmarks/door.py` on a machine that does nothing else.
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    made = started(tmp_path_factory.mktemp("front"), free_port())
    yield made
    made.stop()


@pytest.fixture
def siege(up: Up) -> Iterator[Siege]:
    made = Siege(up.url, up.token())
    yield made
    made.end()


@pytest.mark.parametrize("count", [pytest.param(24, marks=pytest.mark.long), 500])
def test_silent_connections_hold_nobody_up_and_are_ended(up: Up, siege: Siege, count: int) -> None:
    held = siege.half_sent_headers(count)
    assert p95_of_api(up.url, up.token()) < SOON
    until(lambda: all(siege.is_over(one) for one in held), 60)


def test_half_sent_uploads_hold_nobody_up(up: Up, siege: Siege) -> None:
    siege.half_sent_uploads(60)
    assert p95_of_api(up.url, up.token()) < SOON


def test_slow_uploads_that_live_hold_nobody_up_and_go_on(up: Up, siege: Siege) -> None:
    siege.slow_uploads(50, bytes_a_second=20_000)
    assert p95_of_api(up.url, up.token()) < SOON
    assert siege.uploads_alive() == 50


def test_many_readers_cost_no_thread_and_all_hear_what_happens(up: Up, siege: Siege) -> None:
    with unfinished(up) as (ledger, deployment):
        before = threads_of(up)
        readers = siege.readers(100, f"/api/deployments/{deployment}/events")
        until(lambda: all(b"retry: 2000" in siege.heard(one) for one in readers))
        assert p95_of_api(up.url, up.token()) < SOON
        ledger.append_event(deployment, Healthy(4.2))
        until(lambda: all(b"event: healthy" in siege.heard(one) for one in readers), 30)
        # The openers, and the two that serve all of them.
        assert threads_of(up) <= before + OPENING_STREAMS + 2
    until(lambda: all(siege.heard(one).endswith(b"0\r\n\r\n") for one in readers), 30)


def test_a_reader_that_comes_back_goes_on_where_it_was(up: Up) -> None:
    with unfinished(up) as (ledger, deployment):
        for seconds in (1.0, 2.0):
            ledger.append_event(deployment, Healthy(seconds))
        with Client(up.url, up.token()) as client:
            assert next(client.event_stream(deployment, 1)).id == "2"


def test_all_of_it_at_once_holds_nobody_up(up: Up, siege: Siege) -> None:
    with unfinished(up) as (_, deployment):
        readers = siege.readers(100, f"/api/deployments/{deployment}/events")
        siege.slow_uploads(50, bytes_a_second=20_000)
        siege.half_sent_headers(500)
        assert p95_of_api(up.url, up.token()) < SOON
        assert siege.uploads_alive() == 50
        assert all(b"retry: 2000" in siege.heard(one) for one in readers)


def test_a_body_that_falls_silent_is_ended(up: Up, siege: Siege) -> None:
    """Of what fits into the front no thread hears before it is whole."""
    held = siege.half_sent_bodies(20)
    assert p95_of_api(up.url, up.token()) < SOON
    until(lambda: all(siege.is_over(one) for one in held), 60)


def test_one_address_has_only_so_many_connections(up: Up, siege: Siege) -> None:
    held = siege.half_sent_headers(300, addresses=1)
    until(lambda: sum(siege.is_over(one) for one in held) >= 300 - 256, 30)
    assert p95_of_api(up.url, up.token()) < SOON


def test_the_address_of_a_caller_cannot_be_forged(up: Up) -> None:
    forged = {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Real-IP": "198.51.100.7"}
    requests.post(f"{up.url}/api/session", json={"token": up.token()}, headers=forged, timeout=5).raise_for_status()
    assert signed_in_from(up.data) == ["127.0.0.1"]


def test_a_proxy_of_the_site_is_believed_and_nobody_before_it(tmp_path: Path) -> None:
    up = started(tmp_path, free_port(), BUILDSVC_TRUSTED_PROXIES="127.0.0.1,192.0.2.0/24")
    try:
        for chain in ("198.51.100.7", "203.0.113.9, 198.51.100.7, 192.0.2.3", ""):
            said = {"X-Forwarded-For": chain} if chain else {}
            requests.post(f"{up.url}/api/session", json={"token": up.token()}, headers=said, timeout=5)
        assert signed_in_from(up.data) == ["198.51.100.7", "198.51.100.7", "127.0.0.1"]
    finally:
        up.stop()


def test_who_guesses_is_turned_away_by_the_front(up: Up) -> None:
    answers = [requests.post(f"{up.url}/api/session", json={}, timeout=5) for _ in range(40)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "too-many-attempts"
    assert requests.get(f"{up.url}/healthz", timeout=5).ok


def threads_of(up: Up) -> int:
    """How many threads the web process has."""
    return len(list(Path(f"/proc/{up.pid_of('web')}/task").iterdir()))


def signed_in_from(data: Path) -> list[str]:
    """The addresses of the sign-ins, as the audit log has them."""
    with contextlib.closing(sqlite3.connect(data / "ledger.db")) as ledger:
        rows = ledger.execute("SELECT address FROM audit WHERE action = 'sign-in'")
        return [address for (address,) in rows]
