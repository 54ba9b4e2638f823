"""The site's identity provider (OpenID Connect), where its settings name one: it proves who somebody is."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from buildpacks.errors import Denied
from buildsvc.model.clock import Clock
from buildsvc.settings.settings import Settings


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
class DeviceCode:
    """What a command line waits for (RFC 8628): somebody opens `address` and types `user_code`. Times in seconds."""

    code: str
    user_code: str
    address: str
    complete: str
    interval: int
    lasts: int


@dataclass(frozen=True)
class NotAgreed:
    """Nobody has agreed yet; `slower`: it was asked too often."""

    slower: bool


class IdentityProvider(Protocol):
    """Who proves persons in a browser of theirs. All raise Unreachable `identity-provider-away`."""

    def address(self, back: str, secrets: SignInSecrets) -> str:
        """Where the browser is sent, to come back to the address `back`."""

    def proven(self, back: str, answered: dict[str, str], secrets: SignInSecrets) -> Proof:
        """Say who came back with these parameters. Raises NotProven."""

    def begin_device(self) -> DeviceCode:
        """Begin a sign-in without a browser of one's own. Raises Refused `no-device-flow`, NotProven."""

    def device_proven(self, code: str) -> Proof | NotAgreed:
        """Say who has agreed meanwhile. Raises NotProven."""

    def require_answers(self) -> None:
        """Look whether it answers, with keys that can be used."""


def provider_of(settings: Settings, clock: Clock) -> IdentityProvider | None:
    """Return the provider that the settings name; None where they name none."""
    if settings.oidc_issuer is None:
        return None
    known = SiteAtProvider(
        settings.oidc_issuer,
        settings.oidc_client,
        settings.oidc_secret_file,
        settings.oidc_claim,
        settings.oidc_scopes,
        settings.oidc_trusted,
    )
    # Sites without a provider are spared the library in every process.
    module = importlib.import_module("buildsvc.live.oidc_provider")
    found: IdentityProvider = module.OidcProvider(known, clock)
    return found


def called(settings: Settings) -> str:
    """Say what the provider is called on the page; empty where there is none."""
    if settings.oidc_issuer is None:
        return ""
    return settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or settings.oidc_issuer
