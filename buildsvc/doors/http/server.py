"""gunicorn's threaded worker inside our own process: who supervises us is its arbiter already, so none is forked.

Behind the front it listens on a unix socket for each lane, and each has threads of its own; otherwise on loopback.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import sock
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.middleware.proxy_fix import ProxyFix

from buildpacks.errors import Refused
from buildsvc import wiring
from buildsvc.doors.front.lanes import Lane
from buildsvc.doors.front.listener import is_loopback
from buildsvc.doors.http.app import create_app
from buildsvc.doors.stopping import REQUESTS_END
from buildsvc.settings.settings import Settings

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file, unlinked as soon as it is open
NOBODY = ""
"""Whose word about the caller's address and scheme counts on loopback; a unix socket is the front's alone."""
KEEP_ALIVE = 15


class RootLogger(Logger):
    """gunicorn's log goes where ours goes."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.access_log.propagate = False
        self.access_log.addHandler(logging.NullHandler())

    def reopen_files(self) -> None:
        """Our files rotate by themselves."""


class ThreadsOfLanes:
    """Threads for the requests of each lane, in place of one pool: gunicorn asks it for `submit` and `shutdown`."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._pools = {str(lane.socket): ThreadPoolExecutor(lane.threads, lane.name) for lane in lanes}

    def submit(self, handle: Callable[[Any], Any], connection: Any) -> Future[Any]:
        """Handle a connection with the threads of the socket that it came in by."""
        return self._pools[connection.server].submit(handle, connection)

    def shutdown(self, *, wait: bool) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=wait)


class OnlyWorker(ThreadWorker):
    """A worker without an arbiter. When `buildsvc web` runs alone its parent is a shell, which may go away."""

    def __init__(self, lanes: Sequence[Lane], *given: Any) -> None:
        super().__init__(*given)  # type: ignore[no-untyped-call]
        self._lanes = lanes

    def get_thread_pool(self) -> Any:
        return ThreadsOfLanes(self._lanes) if self._lanes else super().get_thread_pool()  # type: ignore[no-untyped-call]

    def is_parent_alive(self) -> bool:
        return True

    def finish_request(self, conn: Any, fs: Any) -> None:
        # A stream that was handed over: its socket is not ours to close, nor to shut.
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)  # type: ignore[no-untyped-call]


class WebServer(BaseApplication):
    """The web process: configuration, and the application to serve."""

    def __init__(self, settings: Settings, lanes: Sequence[Lane] = (), listener: int | None = None) -> None:
        self._settings, self._lanes, self._listener = settings, lanes, listener
        super().__init__()  # type: ignore[no-untyped-call]  # gunicorn has no types

    def load_config(self) -> None:
        """Tell gunicorn what we want of it; nothing is read from files or the environment."""
        settings = self._settings
        chosen = {
            "bind": self._bind(),
            "worker_class": "gthread",
            "threads": settings.threads + settings.uploads,
            "keepalive": KEEP_ALIVE,
            "graceful_timeout": REQUESTS_END,
            "logger_class": RootLogger,
            "worker_tmp_dir": str(SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else settings.paths.tmp),
            "forwarded_allow_ips": NOBODY,
        }
        assert self.cfg is not None
        for key, value in chosen.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the web application."""
        app = create_app(wiring.open_site(self._settings))
        if self._lanes:
            # The front overwrites these two headers, so nobody else can have written them.
            app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
        return app

    def run(self) -> None:
        """Listen and serve in this very process; what gunicorn's arbiter does for a worker that it has forked."""
        config: Any = self.cfg
        gunicorn_sock: Any = sock
        worker_class: Any = OnlyWorker
        logger = config.logger_class(config)
        sockets = gunicorn_sock.create_sockets(config, logger)
        worker = worker_class(self._lanes, 1, os.getppid(), sockets, self, config.timeout, config, logger)
        worker.pid = os.getpid()
        try:
            # Closes the sockets when it ends.
            worker.init_process()
        finally:
            worker.tmp.close()

    def _bind(self) -> list[str]:
        if self._lanes:
            return [f"unix:{lane.socket}" for lane in self._lanes]
        if self._listener is not None:
            return [f"fd://{self._listener}"]
        host, port = self._settings.listen_host, self._settings.listen_port
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]


def serve(settings: Settings, lanes: Sequence[Lane] = (), listener: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT: behind the front where `lanes` are given, otherwise on a descriptor that listens
    already, or on BUILDSVC_LISTEN. Raises Refused `no-front` for an address beyond this machine.
    """
    if not lanes and listener is None and not is_loopback(settings.listen_host):
        raise Refused("no-front", host=settings.listen_host)
    WebServer(settings, lanes, listener).run()
