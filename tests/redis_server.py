"""A real Redis on a unix socket for one test, that can be killed and started again."""

from __future__ import annotations

import subprocess
from pathlib import Path

from buildsvc.live import connection, embedded_redis


class RedisServer:
    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.url = embedded_redis.url(socket)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        embedded_redis.prepare_folder(self.socket)
        self.process = subprocess.Popen(embedded_redis.argv(self.socket), stdout=subprocess.DEVNULL)
        connection.wait_ready(self.url, 20)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
