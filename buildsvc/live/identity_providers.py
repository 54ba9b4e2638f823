"""The site's identity provider (OpenID Connect), where its settings name one: it proves who somebody is."""

from __future__ import annotations

import importlib
from typing import Protocol
from urllib.parse import urlsplit

from buildsvc.live.proofs import NotAgreed, Proof, SignInSecrets, SiteAtProvider
from buildsvc.model.clock import Clock
from buildsvc.model.people_views import DeviceSignIn
from buildsvc.settings.settings import Settings


class IdentityProvider(Protocol):
    """Who proves persons in a browser of theirs. All raise Unreachable `identity-provider-away`."""

    def address(self, back: str, secrets: SignInSecrets) -> str:
        """Where the browser is sent, to come back to the address `back`."""

    def proven(self, back: str, answered: dict[str, str], secrets: SignInSecrets) -> Proof:
        """Say who came back with these parameters. Raises NotProven."""

    def begin_device(self) -> DeviceSignIn:
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
