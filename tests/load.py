"""A load of keep-alive connections, GET and POST in turn, that counts what was served and what failed.

with Load("127.0.0.1", 8080, connections=20) as load:
    ...swap...
assert load.failed == 0, load.errors
"""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from types import TracebackType
from typing import Self

KEPT_ERRORS = 10


class Load:
    """`connections` threads, each with one connection that it keeps; stops when the `with` block ends.

    A response of 500 or more is a failure, and so is a connection that breaks. `bodies` counts the answers seen.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        connections: int = 20,
        path: str = "/",
        body: bytes = b"x" * 512,
        pause: float = 0.2,
        host_header: str | None = None,
    ) -> None:
        self._host, self._port, self._path, self._body, self._pause = host, port, path, body, pause
        self._headers = {"Host": host_header} if host_header else {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]
        self.served = 0
        self.failed = 0
        self.errors: list[str] = []
        self.bodies: Counter[bytes] = Counter()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, requests: int, seconds: float = 30.0) -> None:
        """Wait until so many more requests were served or failed."""
        target = self.served + self.failed + requests
        done = threading.Event()
        for _ in range(int(seconds * 50)):
            if self.served + self.failed >= target:
                return
            done.wait(0.02)
        raise TimeoutError(f"{requests} more requests did not come in {seconds} s; {self.errors}")

    def _run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        post = False
        while not self._stop.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self._host, self._port, timeout=30)
                post = not post
                method, body = ("POST", self._body) if post else ("GET", None)
                connection.request(method, self._path, body=body, headers=self._headers)
                response = connection.getresponse()
                answer = response.read()
                self._count(response.status, answer)
            except (OSError, http.client.HTTPException) as error:
                self._fail(f"{type(error).__name__}: {error}")
                if connection is not None:
                    connection.close()
                connection = None
            self._stop.wait(self._pause)
        if connection is not None:
            connection.close()

    def _count(self, status: int, answer: bytes) -> None:
        if status >= 500:
            self._fail(f"HTTP {status}: {answer[:100]!r}")
            return
        with self._lock:
            self.served += 1
            self.bodies[answer[:100]] += 1

    def _fail(self, error: str) -> None:
        with self._lock:
            self.failed += 1
            if len(self.errors) < KEPT_ERRORS:
                self.errors.append(error)
