"""gunicorn's threaded worker inside our own process: who supervises us is its arbiter already, so none is forked."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import sock
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from buildsvc import wiring
from buildsvc.doors.http.app import create_app
from buildsvc.doors.stopping import REQUESTS_END
from buildsvc.settings.settings import Settings

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file, unlinked as soon as it is open
FORWARDED_FROM = "127.0.0.1,::1"
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


class OnlyWorker(ThreadWorker):
    """A worker without an arbiter. When `buildsvc web` runs alone its parent is a shell, which may go away."""

    def is_parent_alive(self) -> bool:
        return True


class WebServer(BaseApplication):
    """The web process: configuration, and the application to serve."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()  # type: ignore[no-untyped-call]  # gunicorn has no types

    def load_config(self) -> None:
        """Tell gunicorn what we want of it; nothing is read from files or the environment."""
        chosen = {
            "bind": _bind(self._settings),
            "worker_class": "gthread",
            "threads": self._settings.threads,
            "keepalive": KEEP_ALIVE,
            "graceful_timeout": REQUESTS_END,
            "logger_class": RootLogger,
            "worker_tmp_dir": str(SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else self._settings.paths.tmp),
            "forwarded_allow_ips": FORWARDED_FROM,
        }
        assert self.cfg is not None
        for key, value in chosen.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the web application."""
        return create_app(wiring.open_site(self._settings))

    def run(self) -> None:
        """Listen and serve in this very process; what gunicorn's arbiter does for a worker that it has forked."""
        config: Any = self.cfg
        gunicorn_sock: Any = sock
        worker_class: Any = OnlyWorker
        logger = config.logger_class(config)
        sockets = gunicorn_sock.create_sockets(config, logger)
        worker = worker_class(1, os.getppid(), sockets, self, config.timeout, config, logger)
        worker.pid = os.getpid()
        try:
            # Closes the sockets when it ends.
            worker.init_process()
        finally:
            worker.tmp.close()


def _bind(settings: Settings) -> str:
    host = settings.listen_host
    return f"[{host}]:{settings.listen_port}" if ":" in host else f"{host}:{settings.listen_port}"


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    WebServer(settings).run()
