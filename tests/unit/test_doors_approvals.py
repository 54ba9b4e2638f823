"""The routes of approvals: who may look, who may decide, and what is written down of it."""

from __future__ import annotations

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests.doors_site import Door
from tests.people import at_home


def waiting(door: Door) -> str:
    deployment = door.deployment()
    door.ledger.advance(deployment.id, Phase.AWAITING_APPROVAL)
    return f"/api/deployments/{deployment.id}/approval"


def test_what_waits_is_listed_and_shown(door: Door) -> None:
    path = waiting(door)
    found = door.client().get("/api/deployments?phase=awaiting-approval", headers=door.headers(Role.VIEWER)).get_json()
    assert [one["id"] for one in found] == [path.split("/")[3]]
    shown = door.client().get(path, headers=door.headers(Role.VIEWER)).get_json()
    assert (shown["live"], shown["says"]) == (None, "It is the first release of the component.")


def test_an_operator_of_the_application_approves_and_it_is_in_the_audit_log(door: Door) -> None:
    path = waiting(door)
    bob = at_home(door, "bob", {"shop": "operator"})
    answer = bob.ask("POST", path, json={"decision": "approve", "reason": "read it"})
    assert (answer.status_code, answer.get_json()["approved_by"]) == (200, "bob")
    entry = door.ledger.audit_entries(1)[0]
    assert (entry.actor, entry.action, entry.detail["reason"]) == ("bob", "approval", "read it")
    assert entry.target.endswith("/approve")
    assert door.jobs.take() == [path.split("/")[3]]


def test_neither_a_developer_nor_a_machine_decides(door: Door) -> None:
    path = waiting(door)
    ann = at_home(door, "ann", {"shop": "developer", "billing": "operator"})
    assert ann.ask("POST", path, json={"decision": "approve"}).get_json()["code"] == "role-too-low"
    machine = door.client().post(path, json={"decision": "approve"}, headers=door.headers(Role.ADMIN))
    assert (machine.status_code, machine.get_json()["code"]) == (403, "approval-by-person")


def test_a_rejection_needs_a_reason(door: Door) -> None:
    path = waiting(door)
    bob = at_home(door, "bob", {"*": "operator"})
    assert bob.ask("POST", path, json={"decision": "reject", "reason": " "}).get_json()["code"] == "reason-missing"
    answer = bob.ask("POST", path, json={"decision": "reject", "reason": "red"}).get_json()
    assert (answer["phase"], answer["error_message"]) == ("cancelled", "bob rejected it: red")
