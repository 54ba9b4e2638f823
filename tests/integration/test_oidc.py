"""A real OpenID Connect provider proves who somebody is, in a browser and for a command line; roles are given here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from buildpacks.errors import Failure, Unreachable
from buildsvc.doors.cli.remote import device
from buildsvc.doors.http.app import create_app
from buildsvc.live.oidc_provider import OidcProvider
from buildsvc.live.proofs import Proof, SignInSecrets
from buildsvc.model.access import Role
from buildsvc.model.clock import SystemClock
from buildsvc.model.people_views import DeviceSignIn, DeviceToken
from tests.doors_site import Door
from tests.fakes import SettableClock
from tests.identity_server import BACK, IdentityServer, agreed, prepared, signing_key
from tests.people import at_home, entered

pytestmark = pytest.mark.long
SECRETS = SignInSecrets("state" * 4, "nonce" * 4, "verifier" * 6)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityServer]:
    made = prepared(tmp_path_factory.mktemp("identity"))
    with made.serving():
        yield made


@pytest.fixture
def door(tmp_path: Path, served: IdentityServer) -> Iterator[Door]:
    made = Door(tmp_path)
    made.settings.oidc_issuer, made.settings.oidc_name = served.issuer, "Example"
    made.app = create_app(made.site, provider=OidcProvider(served.site(), SystemClock()))
    yield made
    made.close()


def answered(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def asked(provider: OidcProvider, served: IdentityServer, name: str = "ann") -> Proof:
    """Go there and back as `name`."""
    back = agreed(served, provider.address(BACK, SECRETS), name)
    return provider.proven(BACK, answered(back), SECRETS)


def refused(look: Any) -> str:
    with pytest.raises(Failure) as failure:
        look()
    return failure.value.code


def test_whoever_it_knows_signs_in_on_the_page_and_has_the_roles_that_are_given_here(
    door: Door, served: IdentityServer
) -> None:
    client = door.client()
    address = client.post("/api/session/oidc", json={"to": "/history"}).get_json()["address"]
    back = urlsplit(agreed(served, address, "ann"))
    answer = client.get(f"{back.path}?{back.query}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/history")
    assert client.get("/api/session").get_json()["roles"] == {}
    given = {"role": "developer", "application": "shop"}
    role = door.client().post("/api/persons/ann/role", json=given, headers=door.headers(Role.ADMIN))
    assert role.get_json()["proven_by"] == "provider"
    assert client.get("/api/session").get_json()["roles"] == {"shop": "developer"}
    again = client.get(f"{back.path}?{back.query}")
    assert again.headers["Location"] == "/"
    assert client.get("/api/session/oidc").get_json()["problem"]["code"] == "sign-in-lost"


def test_whoever_says_no_there_is_not_signed_in(door: Door, served: IdentityServer) -> None:
    client = door.client()
    address = client.post("/api/session/oidc", json={}).get_json()["address"]
    back = urlsplit(agreed(served, address, "ann", no=True))
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == "/"
    assert client.get("/api/session/oidc").get_json()["problem"]["code"] == "not-proven"
    assert client.get("/api/session").status_code == 401


class CommandLine:
    """The calls of a command line, by the door itself."""

    def __init__(self, door: Door) -> None:
        self.client = door.client()

    def begin_device(self) -> DeviceSignIn:
        return DeviceSignIn(**self.client.post("/api/session/oidc/device").get_json())

    def device_token(self, code: str, token: str, days: int) -> DeviceToken:
        body = {"code": code, "issue": token, "days": days}
        answer = self.client.post("/api/session/oidc/device/token", json=body)
        assert answer.status_code == 200, answer.text
        return DeviceToken(**answer.get_json())


def test_a_command_line_gets_a_token_by_a_code_that_somebody_types_in_a_browser(
    door: Door, served: IdentityServer, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        door.clock.forward(seconds)
        if len(pauses) == 2:
            said = capsys.readouterr().err
            address = next(word for word in said.split() if "user_code=" in word).rstrip(",")
            agreed(served, address, "ann")

    token = device.token_by(CommandLine(door), "laptop-1", 90, pause)
    assert len(pauses) == 2
    who = door.client().get("/api/session", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert (who["name"], who["kind"]) == ("ann", "person")


def test_the_provider_itself_refuses_what_is_not_of_this_sign_in(served: IdentityServer) -> None:
    provider = OidcProvider(served.site(), SystemClock())
    back = answered(agreed(served, provider.address(BACK, SECRETS), "ann"))
    other = SignInSecrets(SECRETS.state, SECRETS.nonce, "another one" * 5)
    assert refused(lambda: provider.proven(BACK, back, other)) == "not-proven"
    back = answered(agreed(served, provider.address(BACK, SECRETS), "ann"))
    other = SignInSecrets(SECRETS.state, "another nonce", SECRETS.verifier)
    assert refused(lambda: provider.proven(BACK, back, other)) == "not-proven"
    assert refused(lambda: provider.proven(BACK, {**back, "iss": "https://evil.example"}, SECRETS)) == "not-proven"
    assert refused(lambda: provider.proven(BACK, {"state": "x", "code": back["code"]}, SECRETS)) == "not-proven"
    late = SettableClock()
    late.forward(10 * 365 * 86400)
    told = OidcProvider(served.site(), late)
    back = answered(agreed(served, told.address(BACK, SECRETS), "ann"))
    assert refused(lambda: told.proven(BACK, back, SECRETS)) == "not-proven"


def test_a_claim_that_it_does_not_give_is_named(served: IdentityServer) -> None:
    assert refused(lambda: asked(OidcProvider(served.site(claim="upn"), SystemClock()), served)) == "no-claim"
    mail = OidcProvider(served.site(claim="email", scopes="openid email"), SystemClock())
    assert refused(lambda: asked(mail, served)) == "not-proven", "the provider has not verified it"


def test_an_unknown_client_or_a_wrong_secret_or_certificate_is_told(served: IdentityServer, tmp_path: Path) -> None:
    wrong = tmp_path / "secret"
    wrong.write_text("another one")
    assert refused(lambda: asked(OidcProvider(served.site(secret_file=wrong), SystemClock()), served)) == "not-proven"
    for site in (served.site(trusted=None), served.site(secret_file=tmp_path / "absent")):
        with pytest.raises(Unreachable) as away:
            OidcProvider(site, SystemClock()).require_answers()
        assert away.value.code == "identity-provider-away"


@pytest.mark.parametrize(
    "more",
    [
        {"inToken": True, "way": "client_secret_post", "device": False},
        {"algorithm": "ES256"},
    ],
)
def test_other_providers_are_understood_too(tmp_path: Path, more: dict[str, Any]) -> None:
    served = prepared(tmp_path, **more)
    served.keys.append(signing_key("EC"))
    with served.serving():
        provider = OidcProvider(served.site(), SystemClock())
        assert asked(provider, served) == Proof(f"{served.issuer} ann", "ann")
        if not more.get("device", True):
            assert refused(provider.begin_device) == "no-device-flow"


def test_new_keys_of_the_provider_are_found_by_themselves(tmp_path: Path) -> None:
    served = prepared(tmp_path)
    provider = OidcProvider(served.site(), SystemClock())
    with served.serving():
        asked(provider, served)
    served.keys = [signing_key()]
    with served.serving():
        assert asked(provider, served).name == "ann"


def test_a_provider_that_is_away_is_told_and_does_not_stop_who_signs_in_here(tmp_path: Path) -> None:
    served = prepared(tmp_path)
    door = Door(tmp_path / "site")
    at_home(door, "bob", {"*": "viewer"})
    door.settings.oidc_issuer = served.issuer
    door.app = create_app(door.site, provider=OidcProvider(served.site(), SystemClock()))
    client = door.client()
    for _ in range(2):
        away = client.post("/api/session/oidc", json={})
        assert (away.status_code, away.get_json()["code"]) == (503, "identity-provider-away")
        assert entered(door, "bob").status_code == 200
    door.close()
