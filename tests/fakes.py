"""Fakes that stand for what is handed in: a clock that is set, ids that count, a queue and a feed without Redis, which
keep the contract of the real ones (`tests/contract/live_contract`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue

from buildsvc.live.connection import unreachable
from buildsvc.live.feed import ANY, Feed, Heard, Listener, Message
from buildsvc.live.jobs import Jobs
from tests.waiting import pause


class SettableClock:
    """Stands still until told otherwise."""

    def __init__(self, start: datetime | None = None) -> None:
        self.time = start or datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class CountingIds:
    """`id-0001`, `id-0002`, …"""

    def __init__(self, prefix: str = "id") -> None:
        self.prefix = prefix
        self.given = 0

    def new(self) -> str:
        self.given += 1
        return f"{self.prefix}-{self.given:04d}"


class FakeJobs(Jobs):
    """The queue within one process: `waiting` is what was put in and not taken. Nobody answers while `up` is False.
    `on_follow` gets the channel of a follow: what a worker would do with it.
    """

    def __init__(self, on_follow: Callable[[str], object] = lambda _: None) -> None:
        self.waiting: list[str] = []
        self.up = True
        self._on_follow = on_follow

    def enqueue(self, deployment_id: str) -> bool:
        self._ask()
        if deployment_id in self.waiting:
            return False
        self.waiting.append(deployment_id)
        return True

    def enqueue_follow(self, application: str, component: str, channel: str, tail: int, *, follow: bool) -> None:
        self._ask()
        self._on_follow(channel)

    def queued(self) -> set[str]:
        self._ask()
        return set(self.waiting)

    def ready(self) -> bool:
        return self.up

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> list[str]:
        """What a worker finds, in order; it waits no longer."""
        taken, self.waiting = self.waiting, []
        return taken

    def _ask(self) -> None:
        if not self.up:
            raise unreachable("redis://fake", ConnectionError())


class FakeListener(Listener):
    """One reader of a `FakeFeed`."""

    def __init__(self, feed: FakeFeed) -> None:
        self.messages: Queue[Heard] = Queue()
        self.missed = not feed.up
        self._feed = feed

    def wait(self, seconds: float) -> list[Heard]:
        if self._feed.on_wait:
            self._feed.on_wait.pop(0)()
        if not self._feed.up:
            self.missed = True
            pause(seconds)
            return []
        if self.missed:
            self.missed = False
            return [(ANY, None)]
        return self._waited(seconds)

    def _waited(self, seconds: float) -> list[Heard]:
        found: list[Heard] = []
        with suppress(Empty):
            found.append(self.messages.get(timeout=seconds))
            while True:
                found.append(self.messages.get_nowait())
        return found


class FakeFeed(Feed):
    """Redis's part within one process; nothing arrives while `up` is False. `on_wait` are called one by one as readers
    wait: what happens meanwhile.
    """

    def __init__(self) -> None:
        self.listening: list[FakeListener] = []
        self.on_wait: list[Callable[[], object]] = []
        self.up = True
        self._leases: dict[str, float] = {}

    def _send(self, channel: str, message: Message) -> bool:
        # As JSON and back, as it travels.
        sent = json.dumps(message)
        for listener in tuple(self.listening) if self.up else ():
            listener.messages.put((channel, json.loads(sent)))
        return self.up

    @contextmanager
    def listen(self) -> Iterator[FakeListener]:
        listener = FakeListener(self)
        self.listening.append(listener)
        try:
            yield listener
        finally:
            self.listening.remove(listener)

    def lease(self, channel: str, seconds: float) -> bool:
        if self.up:
            self._leases[channel] = time.monotonic() + seconds
        return self.up

    def leased(self, channel: str) -> bool:
        return self.up and self._leases.get(channel, 0.0) > time.monotonic()

    def close(self) -> None:
        """There is nothing to close."""

    def listeners(self) -> int:
        """How many listen."""
        return len(self.listening)
