"""Of many questions about what would be uploaded the audit log holds one entry; a refusal is always one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.doors.http.batches import APART, Batches
from buildsvc.model.access import Role
from tests import forge
from tests.doors_site import Door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    yield door
    door.close()


def entries(door: Door) -> list[int]:
    return [one.detail["status"] for one in door.ledger.audit_entries() if one.action == "upload-foreseen"]


def test_a_batch_of_outlines_is_one_entry_of_each_caller_and_a_refusal_one_of_its_own(door: Door) -> None:
    outline = forge.boot_jar()
    for role in (Role.DEVELOPER, Role.ADMIN):
        for number in range(4):
            told = {"filename": f"order-{number}.jar"}
            answer = door.client().post(
                "/api/artifacts/foreseen", query_string=told, data=outline, headers=door.headers(role)
            )
            assert answer.status_code == 200, answer.text
    assert entries(door) == [200, 200]
    wrong = {"filename": "order.jar", "application": "nobody"}
    door.client().post("/api/artifacts/foreseen", query_string=wrong, data=outline, headers=door.headers())
    assert len(entries(door)) == 3


def test_a_pause_ends_a_batch() -> None:
    now = [0.0]
    batches = Batches(lambda: now[0])
    said = []
    for pause in (0.0, APART, APART / 2, APART + 1, 1.0):
        now[0] += pause
        said.append(batches.is_first("ann"))
    assert said == [True, False, False, True, False]
    assert batches.is_first("bob")
