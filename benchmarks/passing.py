"""Requests that pass a gateway while something happens to it: how long each took, and how many failed."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CONNECTIONS = 4
PAUSE = 0.02
"""Seconds between two requests of a connection: some 150 a second in all, so that it measures and does not load."""


def at_most(ordered: list[float], share: float) -> float:
    """Milliseconds that this share of ordered seconds is at most; not a number where there are none."""
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@dataclass
class Passing:
    """Keep-alive connections of loopback, each with one request at a time; stops when the `with` block ends."""

    port: int
    path: str
    took: list[tuple[float, float]] = field(default_factory=list)
    """When a request was answered (`perf_counter`), and the seconds that it took."""
    failed: int = 0

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CONNECTIONS)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for one in self._threads:
            one.join(30)

    def begun_between(self, since: float, until: float) -> list[float]:
        """Seconds that the requests took which began in a stretch of time, the quickest first."""
        return sorted(seconds for at, seconds in self.took if since <= at - seconds < until)

    def percentile(self, share: float, since: float, until: float) -> float:
        """Milliseconds that this share of the requests answered in a stretch of time took at most."""
        return at_most(sorted(seconds for at, seconds in self.took if since <= at < until), share)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self._over.is_set():
            began = time.perf_counter()
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
                self.failed += answer.status >= 500
            except (OSError, http.client.HTTPException):
                self.failed += 1
                connection.close()
            ended = time.perf_counter()
            self.took.append((ended, ended - began))
            self._over.wait(PAUSE)
        connection.close()
