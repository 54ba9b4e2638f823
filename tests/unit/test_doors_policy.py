"""The policy by HTTP: operators read and try it, only an admin of the whole site changes it; changes are audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.model.access import Role
from tests.doors_site import Door

FILE = b"name: pay\nservices:\n  web:\n    image: redis:7\n    privileged: true\n"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    yield door
    door.close()


def test_an_admin_allows_what_was_refused_and_the_audit_says_so(door: Door) -> None:
    client, operator = door.client(), door.headers(Role.OPERATOR)
    refused = client.put("/api/applications", data=FILE, headers=operator)
    assert (refused.status_code, refused.json["code"]) == (403, "policy-denied")  # type: ignore[index]
    checked = client.post("/api/policy/check", data=FILE, headers=operator).json
    assert [one["rule"] for one in checked] == ["buildsvc policy allow privileged web --app pay"]  # type: ignore[union-attr]
    assert checked[0]["says"].startswith("line ")  # type: ignore[index]
    rule = {"key": "privileged", "value": "web", "application": "pay"}
    assert client.post("/api/policy/rules", json=rule, headers=operator).status_code == 403
    changed = client.post("/api/policy/rules", json=rule, headers=door.headers())
    assert changed.json == {"site": {"ports": ["1024-65535"]}, "applications": {"pay": {"privileged": ["web"]}}}
    assert client.get("/api/policy", headers=operator).json == changed.json
    assert client.put("/api/applications", data=FILE, headers=operator).status_code == 202
    assert ("policy.change", "policy/allow/privileged/web/pay") in [
        (one.action, one.target) for one in door.ledger.audit_entries()
    ]


def test_the_whole_policy_is_replaced_or_nothing_is(door: Door) -> None:
    client, admin = door.client(), door.headers()
    wrong = client.put("/api/policy", json={"site": {"ports": ["80"], "bind": ["/srv"]}}, headers=admin)
    assert (wrong.status_code, wrong.json["hint"]) == (422, "Did you mean binds?")  # type: ignore[index]
    assert client.get("/api/policy", headers=admin).json["site"] == {"ports": ["1024-65535"]}  # type: ignore[index]
    put = client.put("/api/policy", json={"site": {"binds": ["/srv"]}}, headers=admin)
    assert put.json == {"site": {"binds": ["/srv"]}, "applications": {}}


def test_a_limited_token_neither_reads_nor_changes_the_policy(door: Door) -> None:
    client, limited = door.client(), door.limited(Role.ADMIN, "shop")
    assert client.get("/api/policy", headers=limited).status_code == 403
    assert client.put("/api/policy", json={}, headers=limited).status_code == 403


def test_an_operator_takes_a_running_project_over_only_where_the_policy_names_it(door: Door) -> None:
    client, operator, ask = door.client(), door.headers(Role.OPERATOR), "/api/adoptions?project=bank"
    refused = client.post(ask, headers=operator)
    assert (refused.status_code, refused.json["code"]) == (403, "project-not-allowed")  # type: ignore[index]
    assert client.post(ask, headers=door.headers()).status_code == 202
    client.post("/api/policy/rules", json={"key": "projects", "value": "bank"}, headers=door.headers())
    assert client.post(ask, headers=operator).status_code == 202
