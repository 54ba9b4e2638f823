"""Reading Server-Sent Events as a client, and following a deployment over broken connections.

The format is that of the HTML standard, "Server-sent events": lines `id:`, `event:`, `data:`, a blank line ends one.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from buildpacks.errors import Unreachable
from buildsvc.doors.cli.decoding import decode
from buildsvc.doors.cli.remote.exchange import HttpAnswer
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Event, LogLine, Recorded

PAUSE = 1.0
"""Seconds between two attempts, and between two looks while the service has no stream to spare."""
PATIENCE = 120.0
"""Seconds without any answer after which following gives up; the deployment goes on without us."""


@dataclass(frozen=True)
class StreamMessage:
    """One event of a stream. `id` is None for passing ones, which cannot be asked for again."""

    name: str
    data: str
    id: str | None


class EventSource(Protocol):
    """What following needs of a service."""

    def event_stream(self, identifier: str, last: int) -> Iterator[StreamMessage]: ...
    def events(self, identifier: str) -> list[Recorded]: ...
    def deployment(self, identifier: str) -> Deployment: ...


def messages(answer: HttpAnswer) -> Iterator[StreamMessage]:
    """Read one connection's events as they arrive, until it ends. Raises Unreachable when it breaks."""
    name, data, identifier = "message", list[str](), None
    for line in _lines(answer):
        if not line:
            if data:
                yield StreamMessage(name, "\n".join(data), identifier)
            name, data, identifier = "message", [], None
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id":
            identifier = value


def _lines(answer: HttpAnswer) -> Iterator[str]:
    rest = b""
    try:
        while chunk := answer.some():
            *complete, rest = (rest + chunk).split(b"\n")
            yield from (line.rstrip(b"\r").decode("utf-8", "replace") for line in complete)
    except (http.client.HTTPException, OSError) as error:
        raise Unreachable("stream-broken", url=answer.url) from error


def follow(
    source: EventSource,
    identifier: str,
    *,
    last: int = 0,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Recorded | Event]:
    """Yield a deployment's events until it has ended: stored ones once each and in order, passing ones as they come.

    A broken stream is taken up behind the last number seen; where the service refuses one, its events are asked for
    again and again. Raises Unreachable when nothing answered for PATIENCE seconds.
    """
    heard = now()
    while True:
        try:
            for item in _attempt(source, identifier, last):
                heard = now()
                if isinstance(item, Recorded):
                    if item.number <= last:
                        continue
                    last = item.number
                yield item
            heard = now()
            if source.deployment(identifier).phase.ended:
                yield from (item for item in source.events(identifier) if item.number > last)
                return
        except Unreachable:
            if now() - heard > PATIENCE:
                raise
        pause(PAUSE)


def _attempt(source: EventSource, identifier: str, last: int) -> Iterator[Recorded | Event]:
    """Read one stream; where there is none to be had, all events so far."""
    try:
        for message in source.event_stream(identifier, last):
            item = parse(message)
            if item is not None:
                yield item
    except Unreachable as error:
        if error.code in {"service-unreachable", "stream-broken"}:
            raise
        yield from source.events(identifier)


def parse(message: StreamMessage) -> Recorded | Event | None:
    """Make an event of a message; None for what a newer service may send and this version does not know."""
    try:
        raw = json.loads(message.data)
        if isinstance(raw, dict) and "event" in raw:
            recorded: Recorded = decode(Recorded, raw)
            return recorded.event if isinstance(recorded.event, LogLine) else recorded
        event: Event = decode(Event, raw)
    except ValueError:
        return None
    return event
