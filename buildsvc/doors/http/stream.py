"""Server-sent events: a deployment's events as they happen, and an instance's log. The ledger is what is told, the feed
only wakes us up. Format: the HTML Living Standard, "Server-sent events".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from flask import Response

from buildpacks.errors import Unreachable
from buildsvc.doors import words
from buildsvc.doors.http.api.told import Told
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Event, Failed, LogLine, Recorded
from buildsvc.model.typed_event import EVENTS
from buildsvc.usecases.site import Site

HEARTBEAT_LINE = ": still here\n\n"


@dataclass(frozen=True)
class Pace:
    """Seconds: how often the ledger is read in any case, and how often a quiet stream shows that it lives."""

    poll: float = 2.0
    heartbeat: float = 10.0


class StreamSlots:
    """How many streams there may be at once, so that they never take every thread of the server."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = BoundedSemaphore(count)

    def take(self) -> Callable[[], None]:
        """Take one and get what gives it back. Raises Unreachable when none is left."""
        if not self._free.acquire(blocking=False):
            raise Unreachable("too-many-streams", count=self.count)
        return self._free.release


def told(recorded: Recorded, language: str) -> Told:
    """Put the words beside an event."""
    event = recorded.event
    return Told(
        number=recorded.number,
        at=recorded.at,
        event=event,
        text=words.tell(event, language),
        hint=words.hint(event, language),
        stage=words.stage(event),
    )


def respond(slots: StreamSlots, opened: AbstractContextManager[Iterator[str]]) -> Response:
    """Answer with a stream. What opening raises is still an ordinary error; the slot and the source are given back
    however the stream ends, also when the client leaves before the first byte.
    """
    with ExitStack() as stack:
        stack.callback(slots.take())
        pieces = stack.enter_context(opened)
        response = Response(pieces, mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(stack.pop_all().close)
        return response


def follow(
    site: Site, deployment: str, after: int, until: str, *, pace: Pace, language: str
) -> AbstractContextManager[Iterator[str]]:
    """Open a deployment's events from number `after` + 1 on, until it has ended (`until` live: or serves)."""
    return _Follow(site, deployment, after, until, pace=pace, language=language)


class _Follow(AbstractContextManager[Iterator[str]]):
    def __init__(self, site: Site, deployment: str, after: int, until: str, *, pace: Pace, language: str) -> None:
        self._site, self._deployment, self._after = site, deployment, after
        self._until, self._pace, self._language = until, pace, language
        self._stack = ExitStack()

    def __enter__(self) -> Iterator[str]:
        self._site.ledger.deployment(self._deployment)
        listener = self._stack.enter_context(self._site.feed.listen(self._deployment))
        return self._tell(listener.wait)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _tell(self, wait: Callable[[float], Iterable[dict[str, Any] | None]]) -> Iterator[str]:
        number, last_sent = self._after, monotonic()
        yield "retry: 2000\n\n"
        while True:
            # Looked at first: the event that goes with a phase is stored no later than the phase.
            over = self._over(self._site.ledger.deployment(self._deployment))
            for recorded in self._site.ledger.events(self._deployment, number):
                number, last_sent = recorded.number, monotonic()
                yield message(recorded, self._language)
            if over:
                return
            for event in _passing(wait(self._pace.poll)):
                last_sent = monotonic()
                yield message(Recorded(0, self._site.clock.now(), event), self._language)
            if monotonic() - last_sent >= self._pace.heartbeat:
                last_sent = monotonic()
                yield HEARTBEAT_LINE

    def _over(self, deployment: Deployment) -> bool:
        return deployment.phase.ended or (self._until == "live" and deployment.phase.serving)


def log_messages(lines: Iterator[LogLine | Failed | None]) -> Iterator[str]:
    """Write a log as messages: `log` with a LogLine, `failed` with a Failed, a comment where nothing came."""
    for line in lines:
        yield HEARTBEAT_LINE if line is None else f"event: {line.kind}\ndata: {EVENTS.dump_json(line).decode()}\n\n"


def _passing(heard: Iterable[dict[str, Any] | None]) -> Iterator[Event]:
    """Pick the passing events out of what the feed gave; a bare nudge is None."""
    return (EVENTS.validate_python(message) for message in heard if message is not None)


def message(recorded: Recorded, language: str) -> str:
    """Write one event as a message; passing ones have no id, so that a reader never resumes behind them."""
    event = recorded.event
    identifier = "" if isinstance(event, LogLine) else f"id: {recorded.number}\n"
    return f"{identifier}event: {event.kind}\ndata: {told(recorded, language).model_dump_json()}\n\n"
