"""The record as a site keeps it: sealed head, export of what is old, syslog, and who reads it."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from buildsvc.model.access import Role
from buildsvc.store.backup import write_backup
from buildsvc.store.ledger import AuditHead
from buildsvc.store.restore import read_back
from buildsvc.usecases.people import auditing
from tests.doors_site import Door
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path / "door")
    yield door
    door.close()


def test_the_sealed_head_tells_that_the_end_was_cut_off(bench: Bench) -> None:
    for _ in range(3):
        auditing.note(bench.site, "ann", "push", "shop")
    assert auditing.verify(bench.site).faults == ()
    with bench.ledger.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_refuses_delete")
        connection.exec_driver_sql("DELETE FROM audit WHERE number = 3")
    assert [(one.number, one.fault) for one in auditing.verify(bench.site).faults] == [(3, "cut-off")]


@pytest.mark.parametrize("content", [None, b"", b'[3, "x"]'])
def test_a_head_that_is_gone_or_not_sealed_by_this_site_is_a_fault(bench: Bench, content: bytes | None) -> None:
    auditing.note(bench.site, "ann", "push", "shop")
    head = bench.settings.paths.audit_head
    head.unlink()
    if content is not None:
        head.write_bytes(content)
    assert [one.fault for one in auditing.verify(bench.site).faults] == ["not-sealed"]


def test_entries_are_kept_as_long_as_the_site_says_then_exported_sealed_and_cut(bench: Bench) -> None:
    for number in range(2):
        auditing.note(bench.site, "ann", "push", f"old/{number}")
    bench.clock.time += timedelta(days=179)
    assert auditing.cut_old(bench.site) is None
    auditing.note(bench.site, "bob", "push", "new")
    last_old = bench.ledger.audit_entries(before=3)[0]
    bench.clock.time += timedelta(days=2)
    path = auditing.cut_old(bench.site)
    assert path is not None
    exported = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["target"] for one in exported] == ["old/0", "old/1"]
    sealed = json.loads(bench.site.secrets.unseal(path.with_suffix(".seal").read_text()))
    assert sealed["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert AuditHead(sealed["last"], sealed["hash"]) == AuditHead(last_old.number, last_old.hash)
    assert [one.action for one in bench.ledger.audit_entries()] == ["audit.cut", "push"]
    assert auditing.verify(bench.site).faults == ()


def test_a_backup_holds_the_head_and_what_was_cut(bench: Bench, tmp_path: Path) -> None:
    auditing.note(bench.site, "ann", "push", "shop")
    bench.clock.time += timedelta(days=181)
    assert auditing.cut_old(bench.site) is not None
    write_backup(bench.settings.data, bench.ledger, tmp_path / "b.tar")
    read_back(tmp_path / "b.tar", tmp_path / "new")
    assert (tmp_path / "new" / "audit.head").read_bytes() == bench.settings.paths.audit_head.read_bytes()
    assert len(list((tmp_path / "new" / "audit").iterdir())) == 2


def test_the_syslog_gets_every_entry_with_the_chain(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        monkeypatch.setitem(bench.settings.__dict__, "syslog", f"udp://127.0.0.1:{server.getsockname()[1]}")
        auditing.note(bench.site, "ann", "push", "shop/order", {"file": "中.jar"}, address="192.0.2.1")
        told = server.recv(4096).decode()
    head = bench.ledger.audit_head()
    assert f"buildsvc audit 1 {head.hash} ann push shop/order" in told


def test_a_syslog_that_is_away_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(bench.settings.__dict__, "syslog", f"unix://{tmp_path}/nobody")
    auditing.note(bench.site, "ann", "push", "shop/order")
    assert len(bench.ledger.audit_entries()) == 1


def test_admins_read_the_record_page_by_page_and_ask_whether_it_is_whole(door: Door) -> None:
    client = door.client()
    for number in range(3):
        auditing.note(door.site, "ann", "push", f"shop/{number}")
    page = client.get("/api/audit?limit=2", headers=door.headers()).get_json()
    assert [one["target"] for one in page] == ["shop/2", "shop/1"]
    rest = client.get(f"/api/audit?before={page[-1]['number']}", headers=door.headers()).get_json()
    assert [one["target"] for one in rest] == ["shop/0"]
    verdict = client.get("/api/audit/verdict", headers=door.headers()).get_json()
    assert (verdict["number"], verdict["sealed"], verdict["faults"]) == (3, 3, [])
    assert client.get("/api/audit", headers=door.headers(Role.OPERATOR)).status_code == 403
    assert client.get("/api/audit", headers=door.limited(Role.ADMIN, "shop")).status_code == 403
