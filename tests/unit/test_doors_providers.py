"""Signing in by an identity provider, at the door: what was begun here and comes back once, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from buildpacks.errors import Refused, Unreachable
from buildsvc.doors.http import waiting_devices
from buildsvc.doors.http.app import create_app
from buildsvc.doors.http.open_sign_ins import COOKIE, LASTS, PATH, own_page
from buildsvc.live.proofs import NotAgreed, NotProven, Proof, SignInSecrets
from buildsvc.model.access import Role
from buildsvc.model.people_views import DeviceSignIn
from tests.doors_site import Door
from tests.people import Browser, at_home, entered

ANN = Proof("https://id.example 42", "ann")


@dataclass
class FakeProvider:
    """Proves `proof`, or raises it."""

    proof: Proof | NotAgreed | Exception = ANN
    asked: list[Any] = field(default_factory=list)
    begun: int = 0

    def address(self, back: str, secrets: SignInSecrets) -> str:
        self.asked.append(back)
        return "https://id.example/auth?" + urlencode({"state": secrets.state, "nonce": secrets.nonce})

    def proven(self, back: str, answered: dict[str, str], secrets: SignInSecrets) -> Proof:
        self.asked.append((back, answered, secrets))
        found = self._found()
        assert isinstance(found, Proof)
        return found

    def begin_device(self) -> DeviceSignIn:
        self._found()
        self.begun += 1
        code = "of the provider" + (f" {self.begun}" if self.begun > 1 else "")
        return DeviceSignIn(code, "ABCD", "https://id.example/device", "https://id.example/device", 5, 300)

    def device_proven(self, code: str) -> Proof | NotAgreed:
        self.asked.append(code)
        return self._found()

    def require_answers(self) -> None:
        self._found()

    def _found(self) -> Proof | NotAgreed:
        if isinstance(self.proof, Exception):
            raise self.proof
        return self.proof


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def door(tmp_path: Path, provider: FakeProvider) -> Iterator[Door]:
    made = Door(tmp_path)
    made.settings.oidc_issuer, made.settings.oidc_name = "https://id.example", "Example"
    made.app = create_app(made.site, provider=provider)
    yield made
    made.close()


def begun(client: FlaskClient, to: str = "/") -> str:
    """The state with which the browser comes back."""
    answer = client.post("/api/session/oidc", json={"to": to})
    assert answer.status_code == 200, answer.text
    return str(dict(parse_qsl(urlsplit(answer.get_json()["address"]).query))["state"])


def back(client: FlaskClient, state: str, **more: str) -> Any:
    return client.get(f"{PATH}/callback", query_string={"state": state, "code": "c", **more})


def told(client: FlaskClient) -> Any:
    """Why the last sign-in failed, as the page shows it."""
    problem = client.get("/api/session/oidc").get_json()["problem"]
    return problem and problem["code"]


def test_somebody_who_comes_back_is_signed_in_on_the_page_that_it_began_on(door: Door, provider: FakeProvider) -> None:
    client = door.client()
    answer = back(client, begun(client, "/a/shop?tab=log"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/a/shop?tab=log")
    who = client.get("/api/session").get_json()
    assert (who["name"], who["kind"], who["roles"], who["must"]) == ("ann", "person", {}, [])
    assert provider.asked[0] == provider.asked[1][0] == "http://localhost/api/session/oidc/callback"
    [signed_in] = [one for one in door.ledger.audit_entries() if one.action == "sign-in"]
    assert signed_in.detail == {"by": "https://id.example"}


def test_what_the_browser_keeps_is_read_by_no_script_and_sent_nowhere_else(door: Door) -> None:
    answer = door.client().post("/api/session/oidc", json={}, base_url="https://localhost")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(COOKIE)
    assert {"HttpOnly", "SameSite=Lax", "Secure", f"Path={PATH}"} <= set(cookie.split("; "))


def test_a_state_opens_once_even_where_the_cookie_was_kept(door: Door) -> None:
    client = door.client()
    state = begun(client)
    kept = client.get_cookie(COOKIE, path=PATH)
    assert kept is not None
    assert back(client, state).status_code == 303
    other = door.client()
    for again in (client, other):
        if again is other:
            again.set_cookie(COOKIE, kept.value, path=PATH)
        answer = back(again, state)
        assert answer.headers["Location"] == "/"
        assert told(again) == "sign-in-lost"
    assert other.get("/api/session").status_code == 401


def test_what_was_begun_in_another_browser_signs_nobody_in(door: Door, provider: FakeProvider) -> None:
    attacker, victim = door.client(), door.client()
    stolen = begun(attacker)
    for state in (stolen, ""):
        back(victim, state)
        assert told(victim) == "sign-in-lost"
    begun(victim)
    back(victim, stolen)
    assert told(victim) == "sign-in-lost"
    assert victim.get("/api/session").status_code == 401
    assert not [one for one in provider.asked if isinstance(one, tuple)], "the provider was not asked"


def test_a_sign_in_ends_after_ten_minutes(door: Door) -> None:
    client = door.client()
    state = begun(client)
    door.clock.forward(LASTS + 1)
    back(client, state)
    assert told(client) == "sign-in-lost"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "evil.example", "", "/a\r\nSet-Cookie: x=y", "/\t/evil.example", "/ /evil.example", "/\n/evil.example",
    ],
)  # fmt: skip
def test_what_a_browser_could_take_for_another_site_is_no_page_of_this_one(to: str) -> None:
    with pytest.raises(Refused) as refused:
        own_page(to)
    assert refused.value.code == "elsewhere"


def test_nobody_is_led_to_another_site_after_it(door: Door) -> None:
    answer = door.client().post("/api/session/oidc", json={"to": "//evil.example"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "elsewhere")
    assert "Set-Cookie" not in answer.headers


def test_a_failure_is_told_once_on_the_first_page(door: Door, provider: FakeProvider) -> None:
    client = door.client()
    provider.proof = NotProven("not-proven", why="access_denied")
    answer = back(client, begun(client), error="access_denied")
    assert answer.headers["Location"] == "/"
    assert (told(client), told(client)) == ("not-proven", None)
    assert [one.action for one in door.ledger.audit_entries() if "sign-in" in one.action] == ["sign-in.refused"]


def test_whoever_brings_what_is_not_believed_waits(door: Door, provider: FakeProvider) -> None:
    provider.proof = NotProven("not-proven", why="nonce")
    client = door.client()
    for _ in range(5):
        back(client, begun(client))
    state = begun(client)
    back(client, state)
    assert told(client) == "too-many-attempts"


def test_a_provider_that_is_away_stops_nobody_else(door: Door, provider: FakeProvider) -> None:
    at_home(door, "bob", {"*": "viewer"})
    provider.proof = Unreachable("identity-provider-away", url="https://id.example", why="timed out")
    client = door.client()
    back(client, begun(client))
    assert told(client) == "identity-provider-away"
    assert entered(door, "bob").status_code == 200
    assert client.get("/api/applications", headers=door.headers(Role.VIEWER)).status_code == 200


def test_a_name_that_somebody_has_here_is_not_given_to_whom_the_provider_names_so(door: Door) -> None:
    at_home(door, "ann", {"*": "admin"})
    client = door.client()
    back(client, begun(client))
    assert told(client) == "person-exists"
    assert client.get("/api/session").status_code == 401
    assert door.ledger.person_named("ann").proven_by == "password"


def test_whoever_is_renamed_there_stays_himself_and_another_with_his_name_is_not_him(
    door: Door, provider: FakeProvider
) -> None:
    client = door.client()
    back(client, begun(client))
    provider.proof = Proof("https://id.example 42", "ann-now-smith")
    back(client, begun(client))
    assert client.get("/api/session").get_json()["name"] == "ann"
    provider.proof = Proof("https://id.example 43", "ann")
    other = door.client()
    back(other, begun(other))
    assert told(other) == "person-exists"
    assert len(door.ledger.persons()) == 1


def test_there_is_neither_a_password_nor_a_second_factor_of_his_here(door: Door) -> None:
    door.settings.second_factor = True
    client = door.client()
    back(client, begun(client))
    who = client.get("/api/session").get_json()
    assert who["must"] == []
    browser = Browser(client, who["csrf"])
    asked = {"old": "x", "new": "a wholly other one"}
    assert browser.ask("POST", "/api/session/password", json=asked).get_json()["code"] == "proven-elsewhere"
    assert browser.ask("POST", "/api/session/second-factor").get_json()["code"] == "codes-elsewhere"
    assert entered(door, "ann", "").get_json()["code"] == "wrong-sign-in"


def test_the_setting_says_where_the_provider_sends_browsers_back_to(door: Door, provider: FakeProvider) -> None:
    door.settings.oidc_redirect = "https://deploy.example.org/api/session/oidc/callback"
    begun(door.client())
    assert provider.asked == ["https://deploy.example.org/api/session/oidc/callback"]


def test_a_command_line_gets_a_token_once_somebody_has_agreed(door: Door, provider: FakeProvider) -> None:
    client = door.client()
    begin = client.post("/api/session/oidc/device").get_json()
    assert (begin["user_code"], begin["interval"]) == ("ABCD", 5)
    asked = {"code": begin["code"], "issue": "laptop-1"}
    provider.proof = NotAgreed(slower=True)
    waiting = client.post("/api/session/oidc/device/token", json=asked)
    assert (waiting.status_code, waiting.get_json()) == (200, {"token": "", "slower": True})
    provider.proof = ANN
    too_soon = client.post("/api/session/oidc/device/token", json=asked)
    assert too_soon.get_json() == {"token": "", "slower": True}
    assert len(provider.asked) == 1
    door.clock.forward(5)
    token = client.post("/api/session/oidc/device/token", json=asked).get_json()["token"]
    who = client.get("/api/session", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert who["name"] == "ann"
    assert set(provider.asked) == {"of the provider"}


def test_a_device_code_that_did_not_come_from_here_is_not_taken_to_the_provider(
    door: Door, provider: FakeProvider
) -> None:
    client = door.client()
    begin = client.post("/api/session/oidc/device").get_json()
    door.clock.forward(begin["lasts"] + 1)
    for code in ("of the provider", begin["code"], begun(client)):
        answer = client.post("/api/session/oidc/device/token", json={"code": code, "issue": "laptop-1"})
        assert (answer.status_code, answer.get_json()["code"]) == (401, "sign-in-lost")
    assert "of the provider" not in provider.asked


def test_a_site_without_a_provider_says_so(tmp_path: Path) -> None:
    door = Door(tmp_path)
    client = door.client()
    assert client.get("/api/session/oidc").get_json() == {"name": "", "problem": None}
    for path in ("/api/session/oidc", "/api/session/oidc/device"):
        answer = client.post(path, json={} if path.endswith("oidc") else None)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "no-identity-provider")
    door.close()


def test_device_sign_ins_that_wait_are_bounded_for_an_address_and_in_all_and_end(door: Door) -> None:
    client = door.client()

    def begin(address: str) -> Any:
        return client.post("/api/session/oidc/device", environ_base={"REMOTE_ADDR": address})

    for _ in range(waiting_devices.MOST_OF_ADDRESS):
        assert begin("10.0.0.1").status_code == 200
    refused = begin("10.0.0.1")
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-devices")
    assert int(refused.headers["Retry-After"]) <= 300
    assert begin("10.0.0.2").status_code == 200
    for number in range(waiting_devices.MOST - waiting_devices.MOST_OF_ADDRESS - 1):
        assert begin(f"10.0.{1 + number // 200}.{number % 200}").status_code == 200
    assert begin("10.9.0.1").status_code == 429
    door.clock.forward(301)
    assert begin("10.0.0.1").status_code == 200


def test_a_device_sign_in_that_ended_or_never_began_keeps_no_place(door: Door, provider: FakeProvider) -> None:
    client = door.client()
    for number in range(waiting_devices.MOST_OF_ADDRESS):
        begun_now = client.post("/api/session/oidc/device").get_json()
        asked = {"code": begun_now["code"], "issue": f"laptop-{number}"}
        assert client.post("/api/session/oidc/device/token", json=asked).status_code == 200
    provider.proof = Unreachable("identity-provider-away", url="https://id.example", why="x")
    for _ in range(waiting_devices.MOST_OF_ADDRESS):
        assert client.post("/api/session/oidc/device").status_code == 503
    provider.proof = ANN
    assert client.post("/api/session/oidc/device").status_code == 200
