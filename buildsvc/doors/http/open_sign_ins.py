"""What a browser keeps while it is away at the identity provider: a signed cookie, good once and for minutes.

The session's cookie would not come back with it: that one is sent by this site's own pages only.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from buildpacks.errors import Refused
from buildsvc.doors.http.waiting_devices import WaitingDevices
from buildsvc.live.proofs import NotProven, SignInSecrets

COOKIE: Final = "buildsvc_sign_in"
PATH: Final = "/api/session/oidc"
LASTS: Final = 600
"""Seconds in which somebody has to come back."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True)
class Away:
    """A sign-in that is under way; `to` is the page that it began on, `until` in seconds of the epoch."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: float

    @property
    def secrets(self) -> SignInSecrets:
        return SignInSecrets(self.state, self.nonce, self.verifier)


class OpenSignIns:
    """Seals and opens what browsers keep; `key` signs it. Threads may share one."""

    def __init__(self, key: str, clock: Callable[[], datetime]) -> None:
        self._seal = URLSafeSerializer(key, salt="sign-in", signer_kwargs={"digest_method": sha256})
        self._clock = clock
        self._lock = Lock()
        self._used: OrderedDict[str, None] = OrderedDict()
        self.devices = WaitingDevices(clock)

    def begin(self, to: str) -> Away:
        """Make the secrets of a sign-in that ends on the page `to`. Raises Refused `elsewhere`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Away(state, nonce, verifier, own_page(to), self._clock().timestamp() + LASTS)

    def keep(self, response: Response, request: Request, away: Away | None, said: dict[str, Any] | None = None) -> None:
        """Give the browser what to keep: the sign-in, or what came of it; nothing of either takes it away."""
        if away is None and said is None:
            response.delete_cookie(COOKIE, path=PATH)
            return
        kept = {"said": said} if away is None else asdict(away)
        response.set_cookie(
            COOKIE,
            self._sealed(kept),
            max_age=LASTS,
            path=PATH,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )

    def take(self, request: Request, state: str) -> Away:
        """Open the sign-in that comes back with `state`, for this one time. Raises NotProven `sign-in-lost`."""
        kept = self._opened(request)
        try:
            away = Away(**kept)
        except TypeError:
            raise NotProven("sign-in-lost") from None
        fits = hmac.compare_digest(away.state.encode(), state.encode("utf-8", "replace"))
        if not fits or away.until < self._clock().timestamp() or not self._first(away.state):
            raise NotProven("sign-in-lost")
        return away

    def said(self, request: Request) -> dict[str, Any] | None:
        """Give what came of the last sign-in of this browser, where it did not succeed."""
        found = self._opened(request).get("said")
        return found if isinstance(found, dict) else None

    def seal_device(self, code: str, lasts: float) -> str:
        """Give a command line what it asks with: the code as this service got it, so that no other one is tried."""
        return self._sealed({"device": code, "until": self._clock().timestamp() + lasts})

    def open_device(self, sealed: str) -> str:
        """Read that again. Raises NotProven `sign-in-lost`."""
        kept = self._read(sealed)
        code, until = kept.get("device"), kept.get("until", 0.0)
        if not isinstance(code, str) or until < self._clock().timestamp():
            raise NotProven("sign-in-lost")
        return code

    def _first(self, state: str) -> bool:
        with self._lock:
            if state in self._used:
                return False
            self._used[state] = None
            while len(self._used) > _REMEMBERED:
                self._used.popitem(last=False)
            return True

    def _sealed(self, value: dict[str, Any]) -> str:
        made = self._seal.dumps(value)
        return made if isinstance(made, str) else made.decode()

    def _opened(self, request: Request) -> dict[str, Any]:
        return self._read(request.cookies.get(COOKIE, ""))

    def _read(self, sealed: str) -> dict[str, Any]:
        try:
            found = self._seal.loads(sealed)
        except BadData:
            return {}
        return found if isinstance(found, dict) else {}


def own_page(to: str) -> str:
    """Give a path of this site back. Raises Refused `elsewhere` for whatever a browser could take for another site."""
    parts = urlsplit(to)
    plain = to.isprintable() and "\\" not in to and " " not in to
    if parts.scheme or parts.netloc or not plain or not to.startswith("/") or to.startswith("//"):
        raise Refused("elsewhere", to=to[:100])
    return to
