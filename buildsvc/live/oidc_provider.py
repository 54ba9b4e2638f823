"""An OpenID Connect provider is asked who somebody is: code flow with PKCE, or by a device; by Authlib.

What it says of itself and its keys is kept; both are asked for anew when a signature is of another key.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import KeySet

from buildpacks.errors import Refused, Unreachable
from buildpacks.sentences.values import sentence
from buildsvc.live import id_tokens
from buildsvc.live.bounded_answers import BoundedAnswers
from buildsvc.live.proofs import NotAgreed, NotProven, Proof, SignInSecrets, SiteAtProvider
from buildsvc.model.clock import Clock
from buildsvc.model.people_views import DeviceSignIn

_TIMEOUTS: Final = (3, 5)
"""Seconds to connect, and between two bytes of an answer."""
_KEPT = 3600.0
"""Seconds that what it says of itself is believed."""
_AWAY = 15.0
"""Seconds in which one that did not answer is not asked again: whoever asks does not decide how many threads wait."""
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_UNUSABLE: Final = (OSError, ValueError, KeyError, TypeError)
"""What is raised where it does not answer (requests' errors are OSErrors), or with something else than it should."""
_LONGEST: Final = 1024 * 1024
"""Bytes of an answer."""
_WHOLE: Final = 10.0
"""Seconds in which an answer is there whole."""
_AT_ONCE: Final = 8
"""Threads that ask it at the same time: the others are told at once, and the service has threads for everybody else."""


@dataclass(frozen=True)
class _Known:
    document: dict[str, Any]
    keys: KeySet
    at: float


class OidcProvider:
    """The provider of this site. `now` gives seconds that only grow. Threads may share one; nothing is asked before it
    is needed.
    """

    def __init__(self, site: SiteAtProvider, clock: Clock, now: Callable[[], float] = monotonic) -> None:
        self._site, self._clock, self._now = site, clock, now
        self._asked = BoundedSemaphore(_AT_ONCE)
        self._lock = Lock()
        self._known: _Known | None = None
        self._failed: tuple[float, Exception] | None = None

    def address(self, back: str, secrets: SignInSecrets) -> str:
        """Where the browser is sent, to come back to the address `back`. Raises Unreachable."""
        with self._asking() as session:
            where = _endpoint(self._found(session).document, "authorization_endpoint")
            made, _ = session.create_authorization_url(
                where, state=secrets.state, code_verifier=secrets.verifier, nonce=secrets.nonce, redirect_uri=back
            )
            return str(made)

    def proven(self, back: str, answered: dict[str, str], secrets: SignInSecrets) -> Proof:
        """Say who came back with these parameters. Raises NotProven, Unreachable."""
        if "error" in answered:
            raise NotProven("not-proven", why=_short(answered.get("error_description") or answered["error"]))
        with self._asking() as session:
            known = self._found(session).document
            # RFC 9207: what another provider answered is not taken to this one.
            named = answered.get("iss")
            if named != self._site.issuer and (named or known.get("authorization_response_iss_parameter_supported")):
                raise NotProven("not-proven", why="iss")
            token = self._token(
                session,
                grant_type="authorization_code",
                code=answered.get("code", ""),
                redirect_uri=back,
                code_verifier=secrets.verifier,
            )
            return self._proof(session, token, secrets.nonce)

    def begin_device(self) -> DeviceSignIn:
        """Begin a sign-in by RFC 8628. Raises Refused `no-device-flow`, NotProven, Unreachable."""
        with self._asking() as session:
            known = self._found(session).document
            if not known.get("device_authorization_endpoint"):
                raise Refused("no-device-flow", issuer=self._site.issuer)
            found = _json(
                session.post(
                    _endpoint(known, "device_authorization_endpoint"),
                    data={"client_id": self._site.client, "scope": self._site.scopes},
                    auth=session.client_auth(session.token_endpoint_auth_method),
                    allow_redirects=False,
                )
            )
            if "error" in found:
                raise NotProven("not-proven", why=_short(found.get("error_description") or found["error"]))
            address = str(found["verification_uri"])
            return DeviceSignIn(
                str(found["device_code"]),
                str(found["user_code"]),
                address,
                str(found.get("verification_uri_complete") or address),
                max(1, min(60, int(found.get("interval", 5)))),
                int(found["expires_in"]),
            )

    def device_proven(self, code: str) -> Proof | NotAgreed:
        """Say who has agreed meanwhile. Raises NotProven, Unreachable."""
        with self._asking() as session:
            try:
                token = self._token(session, grant_type=_DEVICE, device_code=code)
            except OAuthError as error:
                if error.error in {"authorization_pending", "slow_down"}:
                    return NotAgreed(error.error == "slow_down")
                raise
            return self._proof(session, token, None)

    def require_answers(self) -> None:
        """Look whether it answers, with keys that can be used. Raises Unreachable."""
        with self._asking() as session:
            self._found(session, anew=True)

    @contextmanager
    def _asking(self) -> Iterator[OAuth2Session]:
        """Give a session with the provider, and tell what it makes of errors."""
        site = self._site
        if not self._asked.acquire(blocking=False):
            raise Unreachable("identity-provider-away", url=site.issuer, why=sentence("provider-asked", count=_AT_ONCE))
        try:
            secret = site.secret_file.read_text("utf-8").strip() if site.secret_file else None
            with OAuth2Session(
                site.client, secret, scope=site.scopes, code_challenge_method="S256", default_timeout=_TIMEOUTS
            ) as session:
                # Otherwise REQUESTS_CA_BUNDLE would say whose certificate is believed, and a proxy could be between.
                session.trust_env = False
                session.verify = _believed(site)
                session.mount("https://", BoundedAnswers(_LONGEST, _WHOLE))
                yield session
        except OAuthError as error:
            raise NotProven("not-proven", why=_short(error.description or error.error)) from error
        except _UNUSABLE as error:
            raise Unreachable("identity-provider-away", url=site.issuer, why=_short(error)) from error
        finally:
            self._asked.release()

    def _found(self, session: OAuth2Session, *, anew: bool = False) -> _Known:
        with self._lock:
            now, known = self._now(), self._known
        # Asked without the lock: whoever needs nothing new does not wait for the network.
        if known is None or anew or now - known.at > _KEPT:
            known = self._ask(session, now)
        offered = known.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if session.client_secret and "client_secret_basic" not in offered and "client_secret_post" in offered:
            session.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 - the name of a way, no secret
        return known

    def _ask(self, session: OAuth2Session, now: float) -> _Known:
        with self._lock:
            failed = self._failed
        if failed is not None and now - failed[0] < _AWAY:
            raise ValueError(str(failed[1]))
        try:
            document = _document(session, self._site.issuer)
            keys = id_tokens.keys_of(_get(session, _endpoint(document, "jwks_uri")))
        except _UNUSABLE as error:
            with self._lock:
                self._failed = now, error
            raise
        found = _Known(document, keys, now)
        with self._lock:
            self._failed, self._known = None, found
        return found

    def _token(self, session: OAuth2Session, **asked: str) -> dict[str, Any]:
        where = _endpoint(self._found(session).document, "token_endpoint")
        token: dict[str, Any] = session.fetch_token(where, allow_redirects=False, **asked)
        return token

    def _proof(self, session: OAuth2Session, token: dict[str, Any], nonce: str | None) -> Proof:
        access = token.get("access_token")
        expected = id_tokens.ExpectedToken(self._site.issuer, self._site.client, nonce, access, self._clock.now())
        claims = self._claims(session, str(token.get("id_token", "")), expected)
        if self._site.claim not in claims and access:
            claims = self._more(session, claims)
        name = claims.get(self._site.claim)
        if not isinstance(name, str) or not name:
            raise NotProven("no-claim", claim=self._site.claim, known=sorted(claims))
        if self._site.claim == "email" and claims.get("email_verified") is False:
            raise NotProven("not-proven", why="email_verified")
        return Proof(f"{self._site.issuer} {claims['sub']}", name)

    def _claims(self, session: OAuth2Session, token: str, expected: id_tokens.ExpectedToken) -> dict[str, Any]:
        try:
            try:
                return id_tokens.believed(token, self._found(session).keys, expected)
            except id_tokens.OtherKeys:
                return id_tokens.believed(token, self._found(session, anew=True).keys, expected)
        except (id_tokens.OtherKeys, id_tokens.NotBelieved) as error:
            raise NotProven("not-proven", why=_short(error)) from error

    def _more(self, session: OAuth2Session, claims: dict[str, Any]) -> dict[str, Any]:
        """Ask for what the token does not say (OpenID Connect Core 1.0, 5.3); about the same person only."""
        known = self._found(session).document
        if "userinfo_endpoint" not in known:
            return claims
        more = _json(session.get(_endpoint(known, "userinfo_endpoint"), allow_redirects=False))
        if more.get("sub") != claims["sub"]:
            raise NotProven("not-proven", why="sub")
        return {**more, **claims}


def _endpoint(document: dict[str, Any], name: str) -> str:
    found = str(document[name])
    if urlsplit(found).scheme != "https":
        raise ValueError(f"{name} is {found}, and not by https")
    return found


def _document(session: OAuth2Session, issuer: str) -> dict[str, Any]:
    """Ask for what it says of itself (OpenID Connect Discovery 1.0); of another one it says nothing that counts."""
    document = _get(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document.get("issuer") != issuer:
        raise ValueError(f"it calls itself {document.get('issuer')}")
    return document


def _get(session: OAuth2Session, url: str) -> dict[str, Any]:
    return _json(session.get(url, withhold_token=True, allow_redirects=False))


def _json(answer: Any) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict) or (answer.status_code >= 300 and "error" not in found):  # noqa: PLR2004 - HTTP's
        raise ValueError(f"{answer.url} answered {answer.status_code}")
    return found


def _believed(site: SiteAtProvider) -> str | bool:
    """Give the file or folder with the certificates that are believed; the library's own where there is neither."""
    machine = ssl.get_default_verify_paths()
    return str(site.trusted) if site.trusted else machine.cafile or machine.capath or True


def _short(why: object) -> str:
    """Say why, without what a library wraps around it."""
    inner = why
    while isinstance(inner, Exception) and (more := getattr(inner, "reason", None) or (inner.args or (None,))[0]):
        if not isinstance(more, Exception):
            break
        inner = more
    return str(inner)[:300]
