"""The guard: nothing answers without a token but what must, roles and applications bind, browsers prove themselves."""

from pathlib import Path
from typing import Any

import pytest

from buildsvc.doors.http.throttle import FREE_FAILURES
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause, Phase
from tests.doors_site import Door
from webui import PLACES

OPEN = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/cli"),
    ("GET", "/cli/Push.java"),
    ("GET", "/static/<path:name>"),
    *(("GET", f"/{place}{rest}") for place in PLACES for rest in ("", "/<path:rest>")),
    ("GET", "/api/words"),
    ("POST", "/api/session"),
    ("GET", "/api/session/oidc"),
    ("POST", "/api/session/oidc"),
    ("GET", "/api/session/oidc/callback"),
    ("POST", "/api/session/oidc/device"),
    ("POST", "/api/session/oidc/device/token"),
}
READS = {"GET", "HEAD", "OPTIONS"}


def every_route(door: Door) -> list[tuple[str, str, str]]:
    return [
        (method, rule.rule, rule.endpoint)
        for rule in door.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(rule: str) -> str:
    for name in ("application", "component", "deployment", "name", "path:filename"):
        rule = rule.replace(f"<{name}>", "shop")
    return rule


def test_no_route_answers_without_a_token_but_those_that_must(door: Door) -> None:
    answered = {
        (method, rule)
        for method, rule, _ in every_route(door)
        if door.client().open(address(rule), method=method).status_code != 401
    }
    assert answered <= OPEN
    assert door.client().get("/").status_code == 200


def test_a_wrong_token_opens_nothing(door: Door) -> None:
    for method, rule, _ in every_route(door):
        if (method, rule) not in OPEN:
            answer = door.client().open(address(rule), method=method, headers={"Authorization": "Bearer bsv_wrong"})
            assert answer.status_code in {401, 429}, rule


def test_an_unknown_address_says_nothing_without_a_token(door: Door) -> None:
    assert door.client().get("/api/nowhere").status_code == 401
    assert door.client().get("/api/nowhere", headers=door.headers()).status_code == 404


def test_every_route_that_changes_something_has_a_name_in_the_audit_log(door: Door) -> None:
    for method, rule, endpoint in every_route(door):
        need = door.app.view_functions[endpoint].__dict__.get("need")
        if method not in READS and (method, rule) not in OPEN:
            assert need is not None, rule
            assert need.action, rule


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/api/applications", Role.VIEWER),
        ("POST", "/api/artifacts", Role.DEVELOPER),
        ("POST", "/api/applications/shop/components/order/rollback", Role.OPERATOR),
        ("PUT", "/api/applications", Role.OPERATOR),
        ("DELETE", "/api/applications/shop", Role.ADMIN),
        ("GET", "/api/tokens", Role.ADMIN),
        ("POST", "/api/tokens", Role.ADMIN),
        ("DELETE", "/api/tokens/viewer", Role.ADMIN),
    ],
)
def test_a_role_too_low_is_told_which_it_needs(door: Door, method: str, path: str, needed: Role) -> None:
    for role in Role:
        answer = door.client().open(path, method=method, headers=door.headers(role))
        if role.allows(needed):
            assert answer.status_code != 403, role
        else:
            assert answer.status_code == 403
            problem: dict[str, Any] = answer.get_json()
            assert problem["code"] == "role-too-low"
            assert str(needed) in problem["detail"]


def test_a_limited_token_sees_and_touches_only_its_application(door: Door) -> None:
    other = door.limited(Role.ADMIN, "billing")
    client = door.client()
    assert client.get("/api/applications", headers=other).get_json() == []
    assert client.get("/api/applications/shop", headers=other).status_code == 403
    assert client.post("/api/artifacts?filename=a.jar&application=shop", data=b"x", headers=other).status_code == 403
    deployment = door.deployment()
    assert client.get(f"/api/deployments/{deployment.id}", headers=other).status_code == 403
    assert client.get(f"/api/deployments/{deployment.id}/events", headers=other).status_code == 403
    assert client.post(f"/api/deployments/{deployment.id}/cancel", headers=other).status_code == 403
    assert client.get("/api/deployments", headers=other).get_json() == []


def test_a_limited_admin_cannot_make_itself_an_unlimited_token(door: Door) -> None:
    answer = door.client().post(
        "/api/tokens", json={"name": "x", "role": "admin"}, headers=door.limited(Role.ADMIN, "shop")
    )
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "limited-token"


def test_a_token_for_several_applications_must_name_one(door: Door) -> None:
    both = door.limited(Role.DEVELOPER, "shop", "billing")
    answer = door.client().post("/api/artifacts?filename=a.jar", data=b"x", headers=both)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "name-the-application")


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(door: Door) -> None:
    client = door.client()
    answer = client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert door.tokens[Role.VIEWER] not in cookie
    assert client.get("/api/session").get_json()["role"] == "viewer"


def test_a_browser_changes_nothing_without_its_csrf_header(door: Door) -> None:
    client = door.client()
    csrf = client.post("/api/session", json={"token": door.tokens[Role.ADMIN]}).get_json()["csrf"]
    body = {"name": "new", "role": "viewer"}
    assert client.post("/api/tokens", json=body).get_json()["code"] == "no-csrf"
    assert client.post("/api/tokens", json=body, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    assert client.post("/api/tokens", json=body, headers={"X-CSRF-Token": csrf}).status_code == 201


def test_revoking_a_token_ends_its_sessions(door: Door) -> None:
    client = door.client()
    client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    door.ledger.revoke_token("viewer")
    assert client.get("/api/session").status_code == 401


def test_signing_out_ends_the_session(door: Door) -> None:
    client = door.client()
    csrf = client.post("/api/session", json={"token": door.tokens[Role.VIEWER]}).get_json()["csrf"]
    assert client.delete("/api/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert client.get("/api/session").status_code == 401


def test_a_forged_cookie_is_nobody(door: Door) -> None:
    client = door.client()
    client.set_cookie("buildsvc_session", "eyJ0b2tlbiI6ImlkLTAwMDEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert client.get("/api/session").status_code == 401


def test_sessions_outlive_a_restart_of_the_service(door: Door, tmp_path: Path) -> None:
    assert Door.again(door).secret_key == door.app.secret_key


def test_wrong_tokens_are_slowed_down_and_the_right_one_of_somebody_else_is_not(door: Door) -> None:
    client = door.client()
    for _ in range(FREE_FAILURES):
        answer = client.post("/api/session", json={"token": "bsv_guess"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert client.get("/api/applications", headers={"Authorization": "Bearer bsv_guess"}).status_code == 429
    assert client.post("/api/session", json={"token": door.tokens[Role.ADMIN]}).status_code == 200
    assert client.get("/api/applications", headers=door.headers(Role.VIEWER)).status_code == 200


def test_wrong_bearer_tokens_are_slowed_down_too(door: Door) -> None:
    client = door.client()
    wrong = {"Authorization": "Bearer bsv_guess"}
    codes = [client.get("/api/applications", headers=wrong).status_code for _ in range(FREE_FAILURES)]
    assert codes == [401] * (FREE_FAILURES - 1) + [429]


def test_a_refused_token_is_in_the_audit_log_with_its_address_and_without_its_value(door: Door) -> None:
    client = door.client()
    client.get("/api/applications", headers={"Authorization": "Bearer bsv_secretguess"})
    client.post("/api/session", json={"token": "bsv_secretguess"})
    written = door.ledger.audit_entries()
    assert [(one.action, one.target, one.address) for one in written] == [
        ("sign-in.refused", "/api/session", "127.0.0.1"),
        ("token.refused", "/api/applications", "127.0.0.1"),
    ]
    assert "secretguess" not in repr(written)


def test_the_cookie_of_an_ended_session_opens_nothing(door: Door) -> None:
    client = door.client()
    signed_in = client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    cookie = client.get_cookie("buildsvc_session")
    assert cookie is not None
    client.delete("/api/session", headers={"X-CSRF-Token": signed_in.get_json()["csrf"]})
    again = door.client()
    again.set_cookie("buildsvc_session", cookie.value)
    assert again.get("/api/session").status_code == 401


def test_a_session_ends_when_nobody_uses_it_and_when_its_time_is_over(door: Door) -> None:
    client = door.client()
    client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    for _ in range(13):
        door.clock.forward(3000)
        assert client.get("/api/session").status_code == 200
    door.clock.forward(3000)
    door.clock.forward(1200)
    assert client.get("/api/session").status_code == 401, "12 h are over"
    client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    door.clock.forward(3601)
    assert client.get("/api/session").status_code == 401, "an hour without a request"


def test_an_admin_sees_who_is_signed_in_and_ends_it(door: Door) -> None:
    client = door.client()
    client.post("/api/session", json={"token": door.tokens[Role.VIEWER]})
    (seen,) = door.client().get("/api/sessions", headers=door.headers()).get_json()
    assert (seen["name"], seen["address"]) == ("viewer", "127.0.0.1")
    assert door.client().get("/api/sessions", headers=door.headers(Role.OPERATOR)).status_code == 403
    assert door.client().delete(f"/api/sessions/{seen['id']}", headers=door.headers()).status_code == 204
    assert client.get("/api/session").status_code == 401
    assert door.client().get("/api/sessions", headers=door.headers()).get_json() == []


def test_a_token_ends_by_itself_and_the_list_says_when_it_was_used(door: Door) -> None:
    body = {"name": "ci", "role": "viewer", "expires": 86400}
    made = door.client().post("/api/tokens", json=body, headers=door.headers()).get_json()
    mine = {"Authorization": f"Bearer {made['token']}"}
    assert made["view"]["last_used"] is None
    assert door.client().get("/api/applications", headers=mine).status_code == 200
    listed = {one["name"]: one for one in door.client().get("/api/tokens", headers=door.headers()).get_json()}
    assert listed["ci"]["last_used"] is not None
    assert (listed["ci"]["expires"], listed["operator"]["last_used"]) == (made["view"]["expires"], None)
    door.clock.forward(86400)
    assert door.client().get("/api/applications", headers=mine).status_code == 401


@pytest.mark.parametrize(
    ("cause", "may_not", "may"),
    [
        (Cause.ARTIFACT, Role.VIEWER, Role.DEVELOPER),
        (Cause.APPLY, Role.DEVELOPER, Role.OPERATOR),
        (Cause.ROLLBACK, Role.DEVELOPER, Role.OPERATOR),
        (Cause.REMOVE, Role.OPERATOR, Role.ADMIN),
    ],
)
def test_a_deployment_is_cancelled_by_whoever_may_begin_it(door: Door, cause: Cause, may_not: Role, may: Role) -> None:
    made = door.ledger.create_deployment(
        application="shop", component="", cause=cause, artifact=None, release=None, actor="test", door="api"
    )
    path = f"/api/deployments/{made.id}/cancel"
    assert door.client().post(path, headers=door.headers(may_not)).status_code == 403
    assert door.ledger.deployment(made.id).phase is Phase.QUEUED
    assert door.client().post(path, headers=door.headers(may)).status_code == 200


def test_a_limited_token_gets_its_own_newest_deployments(door: Door) -> None:
    mine = door.deployment()
    for _ in range(3):
        door.deployment(application="billing")
    limited = door.limited(Role.VIEWER, "shop")
    found = door.client().get("/api/deployments?limit=1", headers=limited).get_json()
    assert [one["id"] for one in found] == [mine.id]


def test_what_was_changed_and_what_was_refused_is_in_the_audit_log(door: Door) -> None:
    client = door.client()
    client.post("/api/tokens", json={"name": "ci", "role": "developer"}, headers=door.headers())
    client.delete("/api/applications/shop", headers=door.headers(Role.VIEWER))
    written = [
        (entry.actor, entry.action, entry.target, entry.detail["status"]) for entry in door.ledger.audit_entries()
    ]
    assert ("admin", "token.create", "ci", 201) in written
    assert ("viewer", "remove", "/api/applications/shop", 403) in written


def test_a_token_is_shown_once_and_works(door: Door) -> None:
    made = door.client().post("/api/tokens", json={"name": "ci", "role": "viewer"}, headers=door.headers()).get_json()
    assert (
        door.client().get("/api/applications", headers={"Authorization": f"Bearer {made['token']}"}).status_code == 200
    )
    assert made["token"] not in door.client().get("/api/tokens", headers=door.headers()).text


def test_a_limited_token_applies_nothing_beyond_its_application(door: Door) -> None:
    before = door.ledger.applications()
    file = b"name: billing\nservices:\n  cache:\n    image: redis:7\n"
    headers = {**door.limited(Role.ADMIN, "shop"), "Content-Type": "application/yaml"}
    for path in ("/api/applications", "/api/applications?file=shop.yaml"):
        answer = door.client().put(path, data=file, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "limited-token")
    assert door.ledger.applications() == before
    assert door.ledger.deployments() == ()


def test_every_route_says_what_it_needs_and_one_that_says_nothing_answers_nobody(door: Door) -> None:
    for method, rule, endpoint in every_route(door):
        assert "need" in door.app.view_functions[endpoint].__dict__ or endpoint.endswith("static"), (method, rule)
    door.app.add_url_rule("/api/forgotten", "forgotten", lambda: "secret")
    for role in Role:
        assert door.client().get("/api/forgotten", headers=door.headers(role)).status_code in {401, 403, 404}
