"""A load of keep-alive connections against one component: GET and POST in turn, every answer checked."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from types import TracebackType
from typing import Self

PATIENCE = 30.0
GOOD = range(200, 300)
SPAN = [
    {
        "id": "352bff9a74ca9ad2",
        "traceId": "5af7183fb1d4cf5f",
        "name": "order",
        "kind": "SERVER",
        "timestamp": 1750000000000000,
        "duration": 1431,
        "localEndpoint": {"serviceName": "shop", "ipv4": "192.0.2.1"},
    }
]
Asked = tuple[str, str, bytes | None, dict[str, str]]
"""Method, path, body and headers of a request."""
REQUESTS: tuple[Asked, ...] = (
    ("GET", "/api/v2/services", None, {"Accept": "application/json"}),
    ("POST", "/api/v2/spans", json.dumps(SPAN).encode(), {"Content-Type": "application/json"}),
)


class Load:
    """Threads with one connection each, kept open. Anything but a 2xx answer is a failed request, and so is a
    connection that ends. What is `asked` goes around.
    """

    def __init__(
        self, port: int, connections: int = 20, pause: float = 0.05, *, asked: tuple[Asked, ...] = REQUESTS
    ) -> None:
        self.port = port
        self._asked = asked
        self.connections = connections
        self.served = 0
        self.failures: Counter[str] = Counter()
        self._pause = pause
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(connections)]

    @property
    def failed(self) -> int:
        return self.failures.total()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE + 5)

    def go_on(self, seconds: float) -> None:
        """Let the load run for so long."""
        self._stop.wait(seconds)

    def _run(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        turn = number
        while not self._stop.is_set():
            method, path, body, headers = self._asked[turn % len(self._asked)]
            turn += 1
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                fault = "" if answer.status in GOOD else f"{method} answered {answer.status}"
            except (OSError, http.client.HTTPException) as error:
                fault = f"{method} broke off: {type(error).__name__}"
                connection.close()
            with self._lock:
                if fault:
                    self.failures[fault] += 1
                else:
                    self.served += 1
            self._stop.wait(self._pause)
        connection.close()
