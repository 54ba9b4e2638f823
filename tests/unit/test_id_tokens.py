"""What a provider signed is believed where its keys signed it, for this site, now, in this sign-in; nothing else."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from buildsvc.live.id_tokens import ExpectedToken, NotBelieved, OtherKeys, believed, keys_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = ExpectedToken("https://id.example", "buildsvc", "the nonce", None, NOW)
SAYS: dict[str, Any] = {
    "iss": "https://id.example", "aud": "buildsvc", "sub": "42", "nonce": "the nonce", "iat": AT, "exp": AT + 300,
}  # fmt: skip


@cache
def key(kid: str = "one") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def keys() -> KeySet:
    return keys_of({"keys": [key().as_dict(private=False)]})


def token(signer: Any = None, alg: str = "ES256", kid: str = "one", **changed: Any) -> str:
    says = {name: value for name, value in {**SAYS, **changed}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": kid}, says, signer or key(), algorithms=[alg])


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_what_is_said_for_this_site_is_believed() -> None:
    assert believed(token(), keys(), EXPECTED)["sub"] == "42"
    assert believed(token(aud=["buildsvc", "other"], azp="buildsvc"), keys(), EXPECTED)["sub"] == "42"


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"}, {"nonce": None},
        {"aud": "other"}, {"aud": ["other"]}, {"aud": None}, {"aud": ["buildsvc", "other"]}, {"azp": "other"},
        {"iss": "https://other.example"}, {"iss": None}, {"iss": "https://id.example/"},
        {"exp": AT - 61}, {"exp": None}, {"exp": "never"}, {"iat": AT + 61}, {"iat": None}, {"nbf": AT + 61},
        {"sub": None}, {"sub": 42},
    ],
)  # fmt: skip
def test_what_is_said_for_another_or_not_now_is_not(changed: dict[str, Any]) -> None:
    with pytest.raises(NotBelieved):
        believed(token(**changed), keys(), EXPECTED)


def test_clocks_may_differ_by_a_minute() -> None:
    for name, moment in (("exp", AT - 59), ("iat", AT + 59), ("nbf", AT + 59)):
        changed: dict[str, Any] = {name: moment}
        assert believed(token(**changed), keys(), EXPECTED)["sub"] == "42"


def test_a_key_that_is_not_the_providers_signs_nothing() -> None:
    for other in (token(key("two"), kid="two"), token(key("two"), kid="one")):
        with pytest.raises(OtherKeys):
            believed(other, keys(), EXPECTED)


def test_nothing_unsigned_is_believed() -> None:
    head = part(json.dumps({"alg": "none", "kid": "one"}).encode())
    body = token().split(".")[1]
    for unsigned in (f"{head}.{body}.", f"{head}.{body}", "", "a.b.c", body):
        with pytest.raises(NotBelieved):
            believed(unsigned, keys(), EXPECTED)


def test_neither_the_clients_secret_nor_a_public_key_signs() -> None:
    body = token().split(".")[1]
    head = part(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    for shared in (key().as_pem(private=False), b"the client's secret"):
        signature = hmac.digest(shared, f"{head}.{body}".encode(), "sha256")
        with pytest.raises(NotBelieved):
            believed(f"{head}.{body}.{part(signature)}", keys(), EXPECTED)
    with pytest.raises(ValueError, match="no key"):
        keys_of({"keys": [{"kty": "oct", "kid": "one", "k": part(b"the client's secret, shown")}]})


def test_keys_that_are_not_understood_do_not_hide_the_others() -> None:
    odd = [{"kty": "AKP", "kid": "pq"}, {"kty": "EC"}, "text", {**key("two").as_dict(private=False), "use": "enc"}]
    found = keys_of({"keys": [*odd, key().as_dict(private=False)]})
    assert [one.kid for one in found.keys] == ["one"]
