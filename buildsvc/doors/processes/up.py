"""`buildsvc up`: which processes a site consists of, in which order they end, and what is said when they are ready.

Light to import: this process only waits. What the others are made of is in `parts`, loaded once for all of them.
"""

from __future__ import annotations

import fcntl
import http.client
import importlib
import logging
import os
import signal
import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from buildpacks.errors import Conflict
from buildsvc.doors.front.listener import LOOPBACK, is_loopback, listen, reached_at
from buildsvc.doors.front.program import front_program
from buildsvc.doors.processes import forking
from buildsvc.doors.processes.supervise import Job, Supervisor
from buildsvc.doors.stopping import REQUESTS_END, WORK_ENDS
from buildsvc.live import embedded_redis
from buildsvc.settings.settings import Settings

INTAKE, WORK, REDIS = 0, 1, 2
"""The order of the end: nothing new comes in, what runs stops at its next step, and the queue goes last."""
READY_WITHIN = 60.0
LOCK = "up.lock"
PARTS = "buildsvc.doors.processes.children"

log = logging.getLogger(__name__)
Say = Callable[..., None]
"""Says a sentence of the catalogue, by its key and values."""


def run_site(settings: Settings, say: Say) -> int:
    """Run a whole site until SIGTERM or SIGINT. Raises Conflict when another `up` has this data directory."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o750)
    with _lock(settings.data / LOCK):
        forking.log_to("up", settings.paths.logs, settings.log_level)
        program = front_program()
        host = _host(settings, program, say)
        with listen(host, settings.listen_port) as listener:
            jobs = _jobs(settings, program, listener.fileno())
            scheme = "https" if program is not None and settings.served_certificate else "http"
            herald = _Herald(f"{scheme}://{reached_at(settings, host)}", say)
            supervisor = Supervisor(jobs, settings.paths.logs, herald)
            supervisor.give_birth(partial(_part, "prepare", settings, say))
            try:
                return supervisor.run()
            finally:
                embedded_redis.remove_folder(embedded_redis.socket_of(settings.data, settings.runtime_root))


def _host(settings: Settings, program: str | None, say: Say) -> str:
    """Where to listen: without a front on loopback only, because a few silent connections would stop what is behind."""
    if program is not None:
        if not (is_loopback(settings.listen_host) or settings.served_certificate):
            say("said.up-in-clear")
        return settings.listen_host
    host = settings.listen_host if is_loopback(settings.listen_host) else LOOPBACK
    say("said.up-no-haproxy", host=host)
    return host


def _jobs(settings: Settings, program: str | None, listener: int) -> list[Job]:
    def ours(name: str, stage: int, grace: float = 10.0) -> Job:
        return Job(name, partial(_part, name, settings), stage, grace)

    own_redis = [ours("redis", REDIS)] if settings.redis_url is None else []
    web = partial(_part, "web", settings, listener, fronted=program is not None)
    jobs = [
        *own_redis,
        Job("web", web, INTAKE, REQUESTS_END + 5.0),
        ours("keeper", WORK, WORK_ENDS + 5.0),
    ]
    if program is not None:
        front = partial(_part, "front", settings, program, listener)
        # Its soft stop: no new connections, and the open ones may end.
        jobs.append(Job("front", front, INTAKE, REQUESTS_END + 5.0, signal.SIGUSR1))
    return jobs


def _part(name: str, *given: Any, **named: Any) -> None:
    """In a process of its own: run this part of the site, which is loaded only there."""
    getattr(importlib.import_module(PARTS), name)(*given, **named)


class _Herald:
    """Says once, when the service answers, where it is; complains once when that takes too long."""

    def __init__(self, url: str, say: Say) -> None:
        self._url = url
        self._say = say
        self._began = time.monotonic()
        self._done = False
        self._warned = False

    def __call__(self) -> None:
        if self._done:
            return
        if _answers(self._url):
            self._done = True
            self._say("said.up-ready", url=self._url, seconds=time.monotonic() - self._began)
            self._say("said.up-next", url=self._url)
        elif not self._warned and time.monotonic() - self._began > READY_WITHIN:
            self._warned = True
            log.warning("not ready after %.0f s; `buildsvc doctor` may say why", READY_WITHIN)


def _answers(url: str) -> bool:
    """Whether `/readyz` says 200."""
    scheme, _, address = url.partition("://")
    if scheme == "https":
        # We have bound the address ourselves, so it is us who answer.
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(address, timeout=1.0, context=trusting)
    else:
        connection = http.client.HTTPConnection(address, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _lock:  # noqa: N801 - used as a verb
    """Hold a file's flock; the kernel frees it when the last process that has it is gone, however that ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> None:
        # Inherited by our processes on purpose: nobody else starts here before the last of them is gone.
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o640)
        deadline = time.monotonic() + 2.0
        while not self._try():
            if time.monotonic() > deadline:
                holder = os.read(self._descriptor, 20).decode().strip()
                os.close(self._descriptor)
                raise Conflict("already-up", parent=self._path.parent, holder=holder)
            time.sleep(0.1)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
