"""The address that the site is reached at: bound once, by the process that supervises, and inherited by who serves it.

So a port that somebody else has ends the start instead of answering for us, and connections wait while the one that
serves is started again.
"""

from __future__ import annotations

import errno
import socket

from buildpacks.errors import Conflict, Refused
from buildsvc.settings.settings import Settings

BACKLOG = 1024
LOOPBACK = "127.0.0.1"
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine alone."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def listen(host: str, port: int) -> socket.socket:
    """Listen there. Raises Conflict `address-taken`, or Refused `bad-address` when it is none of this machine's."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            # Neither an address that a former process has just left, nor shared with one that listens still.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(BACKLOG)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise _explained(error, host, port) from error
    return listener


def reached_at(settings: Settings, host: str | None = None) -> str:
    """Where this machine itself reaches the site, as address:port."""
    host = host or settings.listen_host
    host = LOOPBACK if host in _WILDCARDS else host
    return f"[{host}]:{settings.listen_port}" if ":" in host else f"{host}:{settings.listen_port}"


def _explained(error: OSError, host: str, port: int) -> Conflict | Refused:
    if error.errno == errno.EADDRINUSE:
        return Conflict("address-taken", host=host, port=port)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return Refused("bad-address.denied", host=host, port=port)
    return Refused("bad-address.absent", host=host, port=port, error=error)
