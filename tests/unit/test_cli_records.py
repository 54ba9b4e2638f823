"""`buildsvc audit` and `buildsvc session`: what they print, and how they end."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from tests.remote_service import AT, Run, Service, playing


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


@pytest.fixture
def run() -> Run:
    return lambda *arguments, **how: CliRunner().invoke(cli, list(arguments), **how)


def entry(number: int, **more: str) -> dict[str, Any]:
    row = {"number": number, "at": AT, "actor": "ann", "action": "push", "target": "shop", "address": "192.0.2.1"}
    return {**row, "detail": {}, "hash": "ab", **more}


def test_the_export_is_csv_that_no_spreadsheet_calculates(service: Service, run: Run) -> None:
    service.answer("GET", "/api/audit", 200, [entry(2, actor='=cmd|"/c calc"!A1', target='a,"b"\nc'), entry(1)])
    done = run("audit", "export")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["number"] for row in rows] == ["1", "2"]
    assert (rows[1]["actor"], rows[1]["target"]) == ('\'=cmd|"/c calc"!A1', 'a,"b"\nc')


def test_a_record_that_was_changed_ends_the_check_with_1(service: Service, run: Run) -> None:
    verdict = {"number": 7, "hash": "ab", "sealed": 7, "faults": ["3: changed"]}
    service.answer("GET", "/api/audit/verdict", 200, verdict)
    broken = run("audit", "verify")
    assert (broken.exit_code, broken.stdout) == (1, "head: 7 ab\n3: changed\n")
    service.answer("GET", "/api/audit/verdict", 200, {**verdict, "faults": []})
    assert run("audit", "verify").exit_code == 0


def test_sessions_are_listed_and_ended(service: Service, run: Run) -> None:
    one = {"id": "s-1", "name": "ann", "address": "192.0.2.1", "created": AT, "used": AT, "ends": AT}
    service.answer("GET", "/api/sessions", 200, [one])
    service.answer("DELETE", "/api/sessions/s-1", 204, None)
    assert "s-1" in run("session", "list").stdout
    assert run("session", "revoke", "s-1").exit_code == 0
    assert service.asked[-1][:2] == ("DELETE", "/api/sessions/s-1")


def test_the_list_of_entries_shows_why_something_was_done(service: Service, run: Run) -> None:
    rejected = {**entry(2), "action": "reject", "detail": {"status": 200, "reason": "tests are red"}}
    service.answer("GET", "/api/audit", 200, [rejected, entry(1)])
    head, *rows = run("audit", "list").stdout.splitlines()
    assert head.split()[-1] == "WHY"
    assert [row.split("192.0.2.1")[1].strip() for row in rows] == ["tests are red", "-"]


def test_webhooks_are_listed_with_their_last_answer(service: Service, run: Run) -> None:
    hook = {"name": "team", "kind": "dingtalk", "host": "hooks.example", "taken": False, "answer": "502 Bad Gateway"}
    hook |= {"answered": "2026-01-01T00:00:05+00:00", "tries": 2, "again": "2026-01-01T00:01:05+00:00"}
    service.answer(
        "GET", "/api/webhooks", 200, [hook, {**hook, "name": "new", "answer": "", "answered": "", "again": ""}]
    )
    told, fresh = run("webhooks").stdout.splitlines()[1:]
    assert told.split()[:6] == ["team", "dingtalk", "hooks.example", "502", "Bad", "Gateway"]
    assert told.endswith("2026-01-01 00:00  2026-01-01 00:01")
    assert fresh.split() == ["new", "dingtalk", "hooks.example", "-", "-", "-"]
    assert '"tries": 2' in run("webhooks", "--json").stdout
    service.answer("GET", "/api/webhooks", 200, [])
    assert "BUILDSVC_WEBHOOKS" in run("webhooks").stderr


@pytest.mark.parametrize(("text", "seconds"), [("90d", 7776000), ("12h", 43200), ("5m", 300)])
def test_a_token_is_given_its_time(service: Service, run: Run, text: str, seconds: int) -> None:
    view = {"name": "ci", "role": "viewer", "applications": None, "created": AT}
    service.answer("POST", "/api/tokens", 201, {"token": "bsv_x", "view": view})
    assert run("token", "create", "ci", "--expires", text).exit_code == 0
    assert f'"expires":{seconds}' in service.asked[-1][3].decode().replace(" ", "")


@pytest.mark.parametrize("text", ["90", "0d", "d", "-1d", "90 days"])
def test_a_time_that_is_none_makes_no_token(service: Service, run: Run, text: str) -> None:
    assert run("token", "create", "ci", "--expires", text).exit_code == 2
    assert service.asked == []
