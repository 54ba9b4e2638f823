"""Persons sign in by name and password, may what their roles say and no more, and are locked out when others guess."""

from __future__ import annotations

import pyotp

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests.doors_site import Door
from tests.people import PASSWORD, added, at_home, entered, own_token, signed_in


def test_a_first_password_opens_nothing_but_its_own_change(door: Door) -> None:
    first = added(door, "ann", {"*": "viewer"})
    browser = signed_in(door, "Ann", first)
    assert browser.ask("GET", "/api/session").get_json()["must"] == ["password"]
    refused = browser.ask("GET", "/api/applications")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "must-first")
    assert browser.ask("POST", "/api/session/password", json={"old": first, "new": PASSWORD}).status_code == 204
    assert browser.ask("GET", "/api/applications").status_code == 200
    assert entered(door, "ann", first).status_code == 401
    assert entered(door, "ann").status_code == 200


def test_a_role_holds_in_its_application_only(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "viewer", "shop": "operator"})
    assert ann.ask("POST", "/api/applications/shop/stop").status_code == 202
    assert ann.ask("POST", "/api/applications/billing/stop").get_json()["code"] == "role-too-low"
    assert ann.ask("PUT", "/api/applications", data=b"services: {}").get_json()["code"] == "limited-token"
    bob = at_home(door, "bob", {"billing": "admin"})
    assert bob.ask("GET", "/api/applications/shop").get_json()["code"] == "wrong-application"
    assert bob.ask("GET", "/api/applications").get_json() == []
    assert bob.ask("GET", "/api/persons").get_json()["code"] == "limited-token"


def test_a_deployment_of_an_application_is_cancelled_by_that_applications_roles(door: Door) -> None:
    other = at_home(door, "ann", {"shop": "viewer", "billing": "admin"})
    made = door.deployment()
    assert other.ask("POST", f"/api/deployments/{made.id}/cancel").status_code == 403
    assert door.ledger.deployment(made.id).phase is Phase.QUEUED
    mine = at_home(door, "bob", {"shop": "developer"})
    assert mine.ask("POST", f"/api/deployments/{made.id}/cancel").status_code == 200


def test_a_push_without_a_name_looks_only_where_its_person_may_push(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "viewer", "shop": "developer", "billing": "developer"})
    answer = ann.ask("POST", "/api/artifacts?filename=a.jar", data=b"x")
    assert answer.get_json()["code"] == "name-the-application"
    refused = ann.ask("POST", "/api/artifacts?filename=a.jar&application=third", data=b"x")
    assert refused.get_json()["code"] == "role-too-low"


def test_who_asks_is_told_what_he_may_and_what_else_would_take(door: Door) -> None:
    told = at_home(door, "ann", {"*": "viewer", "shop": "developer"}).ask("GET", "/api/session").get_json()
    assert (told["name"], told["kind"], told["role"]) == ("ann", "person", "developer")
    assert told["roles"] == {"*": "viewer", "shop": "developer"}
    assert "push" in told["may"]["shop"]
    assert "push" not in told["may"]["*"]
    assert "stop" not in told["may"]["shop"]
    assert (told["needs"]["stop"], told["needs"]["person.add"]) == ("operator", "admin")


def test_guesses_lock_a_name_for_sign_ins_and_never_its_tokens(door: Door) -> None:
    at_home(door, "ann", {"*": "viewer"})
    mine = own_token(door, "ann")
    for _ in range(door.settings.lock_after):
        assert entered(door, "ann", "a wrong one").status_code == 401
        door.clock.forward(0)
    locked = entered(door, "ANN")
    assert (locked.status_code, locked.get_json()["code"]) == (429, "too-many-attempts")
    assert int(locked.headers["Retry-After"]) > 600
    assert door.client().get("/api/applications", headers=mine).status_code == 200
    assert door.client().post("/api/persons/ann/unlock", headers=door.headers()).status_code == 200
    door.app.extensions["buildsvc"].throttle.forgive("address", "127.0.0.1")
    assert entered(door, "ann").status_code == 200


def test_a_lock_outlives_a_restart(door: Door) -> None:
    at_home(door, "ann", {"*": "viewer"})
    for _ in range(door.settings.lock_after):
        entered(door, "ann", "a wrong one")
    body = {"name": "ann", "password": PASSWORD}
    answer = door.again().test_client().post("/api/session", json=body)
    assert answer.status_code == 429


def test_a_name_that_is_not_there_is_refused_in_the_same_words(door: Door) -> None:
    at_home(door, "ann")
    for name in ("ann", "nobody"):
        answer = entered(door, name, "a wrong one")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "wrong-sign-in")


def test_one_time_codes_are_asked_for_and_open_once(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "viewer"})
    secret = ann.ask("POST", "/api/session/second-factor").get_json()["secret"]
    made = pyotp.TOTP(secret)
    assert ann.ask("POST", "/api/session/second-factor/confirm", json={"code": "000000"}).status_code == 422
    assert entered(door, "ann").status_code == 200, "nothing is asked for before it is confirmed"
    now = made.at(door.clock.now())
    assert ann.ask("POST", "/api/session/second-factor/confirm", json={"code": now}).status_code == 204
    assert entered(door, "ann").get_json()["code"] == "code-needed"
    assert entered(door, "ann", code=now).status_code == 401, "it confirmed already"
    door.clock.forward(60)
    later = made.at(door.clock.now())
    assert entered(door, "ann", "a wrong one", later).status_code == 401
    assert entered(door, "ann", code=later).status_code == 200
    assert entered(door, "ann", code=later).status_code == 401, "a code opens once"
    assert door.client().delete("/api/persons/ann/second-factor", headers=door.headers()).status_code == 204
    assert entered(door, "ann").status_code == 200


def test_where_codes_are_asked_of_everybody_nothing_else_may_be_done_before(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "viewer"})
    door.settings.second_factor = True
    assert ann.ask("GET", "/api/applications").get_json()["code"] == "must-first"
    secret = ann.ask("POST", "/api/session/second-factor").get_json()["secret"]
    code = pyotp.TOTP(secret).at(door.clock.now())
    assert ann.ask("POST", "/api/session/second-factor/confirm", json={"code": code}).status_code == 204
    assert ann.ask("GET", "/api/applications").status_code == 200


def test_a_password_ends_after_its_days_and_the_former_ones_are_not_taken(door: Door) -> None:
    at_home(door, "annabel", {"*": "viewer"})
    door.settings.password_days = 90
    assert signed_in(door, "annabel").ask("GET", "/api/applications").status_code == 200
    door.clock.forward(90 * 86400)
    late = signed_in(door, "annabel")
    assert late.ask("GET", "/api/applications").get_json()["code"] == "must-first"
    for new, code in (
        (PASSWORD, "former-password"),
        ("short", "weak-password"),
        ("Annabel and a horse", "weak-password"),
    ):
        answer = late.ask("POST", "/api/session/password", json={"old": PASSWORD, "new": new})
        assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert late.ask("POST", "/api/session/password", json={"old": "x", "new": "nine small boats"}).status_code == 422
    assert (
        late.ask("POST", "/api/session/password", json={"old": PASSWORD, "new": "nine small boats"}).status_code == 204
    )
    assert late.ask("GET", "/api/applications").status_code == 200


def test_a_new_password_ends_the_other_sessions(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "viewer"})
    other = signed_in(door, "ann")
    ann.ask("POST", "/api/session/password", json={"old": PASSWORD, "new": "nine small boats"})
    assert other.ask("GET", "/api/session").status_code == 401
    assert ann.ask("GET", "/api/session").status_code == 200
    door.client().post("/api/persons/ann/password", headers=door.headers())
    assert ann.ask("GET", "/api/session").status_code == 401


def test_a_token_of_ones_own_may_what_its_owner_may_and_ends_with_him(door: Door) -> None:
    at_home(door, "ann", {"*": "viewer"})
    mine = own_token(door, "ann")
    client = door.client()
    assert client.get("/api/session", headers=mine).get_json()["name"] == "ann"
    assert client.post("/api/applications/shop/stop", headers=mine).status_code == 403
    client.post("/api/persons/ann/role", json={"role": "operator"}, headers=door.headers())
    assert client.post("/api/applications/shop/stop", headers=mine).status_code == 202
    assert (
        client.post("/api/session/tokens", json={"name": "x"}, headers=mine).get_json()["code"] == "own-token-by-token"
    )
    door.clock.forward(91 * 86400)
    assert client.get("/api/session", headers=mine).status_code == 401
    again = own_token(door, "ann")
    assert client.delete("/api/persons/ann", headers=door.headers()).status_code == 204
    assert client.get("/api/session", headers=again).status_code == 401


def test_tokens_of_ones_own_are_listed_and_revoked_by_their_owner_only(door: Door) -> None:
    ann = at_home(door, "ann", {"*": "developer"})
    made = ann.ask("POST", "/api/session/tokens", json={"name": "ci", "role": "viewer", "applications": ["shop"]})
    mine = {"Authorization": f"Bearer {made.get_json()['token']}"}
    assert made.get_json()["view"]["name"] == "ann/ci"
    assert door.client().get("/api/session", headers=mine).get_json()["roles"] == {"shop": "viewer"}
    bob = at_home(door, "bob", {"*": "developer"})
    assert bob.ask("GET", "/api/session/tokens").get_json() == []
    assert bob.ask("DELETE", "/api/session/tokens/ci").status_code == 404
    assert ann.ask("DELETE", "/api/session/tokens/ci").status_code == 204
    assert door.client().get("/api/session", headers=mine).status_code == 401


def test_an_auditor_reads_the_record_and_changes_nothing(door: Door) -> None:
    eve = at_home(door, "eve", auditor=True)
    for path in ("/api/audit", "/api/audit/verdict", "/api/persons", "/api/tokens", "/api/sessions", "/api/policy"):
        assert eve.ask("GET", path).status_code == 200, path
    assert eve.ask("GET", "/api/applications").status_code == 403
    assert eve.ask("POST", "/api/persons", json={"name": "x"}).status_code == 403
    assert eve.ask("POST", "/api/policy/rules", json={"key": "ports", "value": "80"}).status_code == 403


def test_where_powers_are_apart_nobody_is_admin_and_auditor(door: Door) -> None:
    door.settings.separate_powers = True
    body = {"name": "ann", "roles": {"*": "admin"}, "auditor": True}
    refused = door.client().post("/api/persons", json=body, headers=door.headers())
    assert (refused.status_code, refused.get_json()["code"]) == (422, "powers-apart")
    at_home(door, "ann", {"shop": "admin"})
    role = {"role": "auditor"}
    assert door.client().post("/api/persons/ann/role", json=role, headers=door.headers()).status_code == 422
    assert door.client().get("/api/audit", headers=door.headers()).get_json()["code"] == "auditors-only"
    assert at_home(door, "eve", auditor=True).ask("GET", "/api/audit").status_code == 200


def test_persons_and_tokens_share_their_names(door: Door) -> None:
    added(door, "Ann")
    client = door.client()
    assert client.post("/api/tokens", json={"name": "ann", "role": "viewer"}, headers=door.headers()).status_code == 409
    assert client.post("/api/persons", json={"name": "VIEWER"}, headers=door.headers()).status_code == 409
    assert client.post("/api/persons", json={"name": "张伟"}, headers=door.headers()).status_code == 201
    for bad in ("", "a b", "a/b", "x" * 65, "-a"):
        assert client.post("/api/persons", json={"name": bad}, headers=door.headers()).status_code == 422, bad


def test_what_was_done_to_persons_is_in_the_audit_log_and_no_password_is(door: Door) -> None:
    first = added(door, "ann", {"*": "viewer"})
    entered(door, "ann", "a wrong one")
    signed_in(door, "ann", first)
    written = door.ledger.audit_entries()
    assert [(one.actor, one.action, one.target) for one in reversed(written)] == [
        ("admin", "person.add", "ann"),
        ("", "sign-in.refused", "/api/session"),
        ("ann", "sign-in", ""),
    ]
    assert "a wrong one" not in repr(written)
    assert first not in repr(written)


def test_a_machines_token_has_no_password_to_change(door: Door) -> None:
    body = {"old": "x", "new": PASSWORD}
    answer = door.client().post("/api/session/password", json=body, headers=door.headers(Role.VIEWER))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "no-person")
