"""What an identity provider signed (an ID token, OpenID Connect Core 1.0, 3.1.3.7) is believed here, or refused.

Signature and claims are judged by joserfc and Authlib; here stands what they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
)
"""Those in which who checks cannot sign: with HS256 a client's secret, or a public key taken for one, would do."""
SKEW: Final = 60
"""Seconds that the provider's clock may differ from ours."""


class OtherKeys(Exception):
    """No key that is known here has signed it; the provider may have new ones."""


class NotBelieved(Exception):
    """It is not signed as it must be, or not said for us, now, in this sign-in; the text says what."""


@dataclass(frozen=True)
class ExpectedToken:
    """`nonce` is that of the sign-in, None for a device; `access_token` is what came with the token."""

    issuer: str
    client: str
    nonce: str | None
    access_token: str | None
    now: datetime


def keys_of(document: dict[str, Any]) -> KeySet:
    """Read a provider's keys (RFC 7517); those of no use here are left out. Raises ValueError where none is left."""
    found = []
    for one in document.get("keys") or ():
        if not isinstance(one, dict) or one.get("kty") == "oct" or one.get("use", "sig") != "sig":
            continue
        try:
            found.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError):
            continue
    if not found:
        raise ValueError("it shows no key that signs")
    return KeySet(found)


def believed(token: str, keys: KeySet, expected: ExpectedToken) -> dict[str, Any]:
    """Give what the token claims. Raises OtherKeys, NotBelieved."""
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise OtherKeys(str(error)) from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(str(error) or type(error).__name__) from error
    wanted: dict[str, Any] = {name: {"essential": True} for name in ("sub", "exp", "iat")}
    wanted |= {"iss": {"essential": True, "value": expected.issuer}}
    wanted |= {"aud": {"essential": True, "value": expected.client}}
    params = {"nonce": expected.nonce, "client_id": expected.client, "access_token": expected.access_token}
    claims = CodeIDToken(read.claims, read.header, wanted, params)
    try:
        claims.validate(int(expected.now.timestamp()), SKEW)
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(str(error)) from error
    return dict(claims)
