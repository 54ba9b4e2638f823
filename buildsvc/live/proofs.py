"""What a site and its identity provider say to one another: who it is, and by what a sign-in is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Denied


class NotProven(Denied):
    """The provider does not say who it is, or not in a way that can be believed."""

    http_status = 401


@dataclass(frozen=True)
class Proof:
    """Who it is: `subject` for ever, `name` at the moment."""

    subject: str
    name: str


@dataclass(frozen=True)
class SiteAtProvider:
    """How the provider knows this site. `claim` is what names a person there, `trusted` a file with the certificates
    that are believed; None: the machine's.
    """

    issuer: str
    client: str
    secret_file: Path | None = None
    claim: str = "preferred_username"
    scopes: str = "openid profile"
    trusted: Path | None = None


@dataclass(frozen=True)
class SignInSecrets:
    """What one sign-in is recognised by: `state` when the browser comes back, `nonce` in what the provider signed,
    `verifier` where the code is redeemed (PKCE, RFC 7636).
    """

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class NotAgreed:
    """Nobody has agreed yet; `slower`: it was asked too often."""

    slower: bool
