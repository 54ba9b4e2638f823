"""gunicorn inside our own process: one worker with threads, our logs, no files of its own."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from buildsvc import wiring
from buildsvc.doors.processes import die_with_parent
from buildsvc.doors.web import create_app
from buildsvc.settings import Settings

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file, unlinked as soon as it is open
FORWARDED_FROM = "127.0.0.1,::1"
KEEP_ALIVE = 15
GRACE = 5
"""Seconds that requests have to end when we stop; event streams are simply taken up again by their readers."""


class RootLogger(Logger):
    """gunicorn's log goes where ours goes."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.access_log.propagate = False
        self.access_log.addHandler(logging.NullHandler())

    def reopen_files(self) -> None:
        """Our files rotate by themselves."""


class Server(BaseApplication):
    """The web process. The site is opened in gunicorn's worker, behind its fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()  # type: ignore[no-untyped-call]  # gunicorn has no types

    def load_config(self) -> None:
        """Tell gunicorn what we want of it; nothing is read from files or the environment."""
        chosen = {
            "bind": _bind(self._settings),
            "workers": 1,
            "worker_class": "gthread",
            "threads": self._settings.threads,
            "keepalive": KEEP_ALIVE,
            "graceful_timeout": GRACE,
            "timeout": 60,
            "logger_class": RootLogger,
            "worker_tmp_dir": str(SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else self._settings.paths.tmp),
            "control_socket_disable": True,
            "forwarded_allow_ips": FORWARDED_FROM,
            "proc_name": "buildsvc-web",
            "post_fork": lambda arbiter, _worker: die_with_parent(arbiter.pid),
        }
        assert self.cfg is not None
        for key, value in chosen.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the web application; runs in gunicorn's worker."""
        return create_app(wiring.open_site(self._settings))


def _bind(settings: Settings) -> str:
    host = settings.listen_host
    return f"[{host}]:{settings.listen_port}" if ":" in host else f"{host}:{settings.listen_port}"


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    Server(settings).run()  # type: ignore[no-untyped-call]  # gunicorn has no types
