"""A service that no authority vouches for is known by its certificate's fingerprint, remembered at `buildsvc login`."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from buildpacks.errors import Denied, Unreachable

HTTPS = 443
PATIENCE = 10.0


class PinnedConnection(http.client.HTTPSConnection):
    """Speaks with the one certificate that has this fingerprint, whoever signed it; nothing is sent to another one."""

    def __init__(self, host: str, port: int | None, fingerprint: str, **how: Any) -> None:
        super().__init__(host, port, context=_unjudging(), **how)
        self._fingerprint = fingerprint

    def connect(self) -> None:
        """Connect. Raises Denied `certificate-changed`."""
        super().connect()
        assert isinstance(self.sock, ssl.SSLSocket)
        found = _fingerprint(self.sock)
        if plain(found) != plain(self._fingerprint):
            self.close()
            raise Denied("certificate-changed", host=self.host, found=found)


def plain(fingerprint: str) -> str:
    """Without colons and blanks, in small letters."""
    return fingerprint.replace(":", "").replace(" ", "").lower()


def choose(url: str, wanted: str | None) -> str | None:
    """Return the fingerprint to pin for the service at `url`; None where an authority that this machine knows vouches
    for it, or where there is no TLS. Raises Denied `wrong-fingerprint` when it is not the one that is wanted.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    where = (parts.hostname, parts.port or HTTPS)
    if wanted is None and _is_vouched_for(where):
        return None
    found = _presented(where)
    if wanted is not None and plain(wanted) != plain(found):
        raise Denied("wrong-fingerprint", url=url, found=found, wanted=wanted)
    return found


def _is_vouched_for(where: tuple[str, int]) -> bool:
    context = ssl.create_default_context()
    try:
        with socket.create_connection(where, PATIENCE) as raw, context.wrap_socket(raw, server_hostname=where[0]):
            return True
    except (OSError, ValueError):
        return False


def _presented(where: tuple[str, int]) -> str:
    context = _unjudging()
    try:
        with (
            socket.create_connection(where, PATIENCE) as raw,
            context.wrap_socket(raw, server_hostname=where[0]) as secured,
        ):
            return _fingerprint(secured)
    except (OSError, ValueError) as error:
        raise Unreachable("service-unreachable", url=f"https://{where[0]}:{where[1]}", why=error) from error


def _unjudging() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint(secured: ssl.SSLSocket) -> str:
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").digest().hex(":").upper()
