"""What the processes of `buildsvc up` are made of. Loaded in one process, which forks them; the supervisor itself does
without.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from datetime import datetime

from buildsvc import wiring
from buildsvc.doors.front import certificate, haproxy
from buildsvc.doors.front.haproxy import Front
from buildsvc.doors.front.lanes import lanes
from buildsvc.doors.http.server import serve
from buildsvc.doors.processes import forking
from buildsvc.doors.processes.keeper import keep
from buildsvc.live import connection, embedded_redis
from buildsvc.model.access import Role
from buildsvc.settings.settings import Settings

REDIS_WITHIN = 15.0
ADMIN = "admin"


def prepare(settings: Settings, say: Callable[..., None]) -> None:
    """Make the data directory and the first token, and say it. Nothing stays open; what this computes is shared by
    all.
    """
    site = wiring.open_site(settings, create=True)
    try:
        if not site.ledger.tokens():
            token, _ = site.ledger.create_token(ADMIN, Role.ADMIN, actor="up", given=settings.admin_token)
            if settings.admin_token:
                say("said.up-token-given")
            else:
                say("said.up-token", token=token)
        site.ledger.unended()
        embedded_redis.prepare_folder(wiring.redis_socket(settings))
        prepare_certificate(settings, site.clock.now(), say)
    finally:
        wiring.close(site)


def prepare_certificate(settings: Settings, now: datetime, say: Callable[..., None]) -> None:
    """See that there is a certificate where one is to be served, and say its fingerprint. Raises NotFound, Refused."""
    served = settings.served_certificate
    if served is None:
        return
    if settings.certificate is None:
        certificate.make(served, settings.listen_host, now)
    say("said.up-certificate", fingerprint=certificate.fingerprint(certificate.read(served)))


def redis(settings: Settings) -> None:
    """Become the embedded Redis."""
    socket = wiring.redis_socket(settings)
    embedded_redis.prepare_folder(socket)
    forking.become(embedded_redis.argv(socket), settings.paths.logs / "redis.log")


def web(settings: Settings, listener: int, *, fronted: bool) -> None:
    """Serve HTTP until SIGTERM, behind the front or on `listener`."""
    _await_redis(settings)
    serve(settings, lanes(settings) if fronted else (), listener)


def front(settings: Settings, program: str, listener: int) -> None:
    """Become the HAProxy that serves `listener` and stands before the web process."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    chosen = Front(
        listener=listener,
        lanes=lanes(settings),
        connections=haproxy.affordable(descriptors),
        per_address=settings.per_address,
        trusted=settings.trusted_proxies,
        certificate=settings.served_certificate,
        language=settings.language,
    )
    file = settings.paths.front / "haproxy.cfg"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(haproxy.configuration(chosen), "utf-8")
    os.set_inheritable(listener, True)
    forking.become(haproxy.argv(program, file), settings.paths.logs / "front.log")


def keeper(settings: Settings) -> None:
    """Work, observe and watch until SIGTERM."""
    _await_redis(settings)
    keep(settings)


def _await_redis(settings: Settings) -> None:
    connection.wait_ready(wiring.redis_url_of(settings), REDIS_WITHIN)
