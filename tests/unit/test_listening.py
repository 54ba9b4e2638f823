"""Following a deployment as a client: streams that break, services that have none to spare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from buildpacks.errors import Unreachable
from buildsvc.doors.cli.remote.listening import PATIENCE, StreamMessage, follow, parse
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Event, LogLine, Recorded, Settled, Started, WentLive

AT = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = [Recorded(1, AT, Started("w")), Recorded(2, AT, WentLive(3, 1.5, 60.0)), Recorded(3, AT, Settled())]
DEPLOYMENT = Deployment("d", "shop", "order", Cause.ARTIFACT, Phase.SETTLED, "a", 3, "me", "cli", AT)


def message(recorded: Recorded) -> StreamMessage:
    event = vars(recorded.event)
    data = {"number": recorded.number, "at": AT.isoformat(), "event": event, "text": "words", "stage": None}
    return StreamMessage(recorded.event.kind, json.dumps(data), str(recorded.number))


class Service:
    """Plays a script: each stream is a list of what it yields; an exception in it is raised there."""

    def __init__(self, *streams: list[StreamMessage | Exception], deployment: Deployment = DEPLOYMENT) -> None:
        self.streams = list(streams)
        self.asked: list[int] = []
        self.found = deployment

    def event_stream(self, identifier: str, last: int) -> Iterator[StreamMessage]:
        self.asked.append(last)
        for item in self.streams.pop(0):
            if isinstance(item, Exception):
                raise item
            yield item

    def events(self, identifier: str) -> list[Recorded]:
        return EVENTS

    def deployment(self, identifier: str) -> Deployment:
        return self.found


BROKEN = Unreachable("stream-broken", "It broke.")


def heard(service: Service, last: int = 0) -> list[Recorded | Event]:
    return list(follow(service, "d", last=last, pause=lambda _: None))


def test_a_broken_stream_is_taken_up_behind_the_last_number() -> None:
    service = Service([message(EVENTS[0]), BROKEN], [message(EVENTS[1]), message(EVENTS[2])])
    assert heard(service) == EVENTS
    assert service.asked == [0, 1]


def test_an_event_that_comes_twice_is_told_once() -> None:
    service = Service([message(EVENTS[0]), BROKEN], [message(event) for event in EVENTS])
    assert heard(service) == EVENTS


def test_a_service_without_a_stream_to_spare_is_polled() -> None:
    assert heard(Service([Unreachable("too-many-streams", "All in use.")])) == EVENTS


def test_what_came_between_stream_and_end_is_not_lost() -> None:
    assert heard(Service([message(EVENTS[0])])) == EVENTS


def test_passing_events_come_through_and_do_not_count() -> None:
    log = StreamMessage(
        "log", json.dumps({"number": 0, "at": AT.isoformat(), "event": {"kind": "log", "text": "hi"}}), None
    )
    assert heard(Service([log, *map(message, EVENTS)])) == [LogLine("hi"), *EVENTS]


def test_unknown_events_of_a_newer_service_are_passed_over() -> None:
    assert (
        parse(StreamMessage("odd", '{"number": 9, "at": "2026-01-01T00:00:00Z", "event": {"kind": "odd"}}', "9"))
        is None
    )
    assert parse(StreamMessage("odd", "not json", None)) is None


def test_a_service_that_stays_away_ends_the_following_after_a_while() -> None:
    time = iter([0.0, PATIENCE + 1])
    away = Unreachable("service-unreachable", "Nothing answers.")
    service = Service([away], deployment=replace(DEPLOYMENT, phase=Phase.BUILDING))
    with pytest.raises(Unreachable):
        list(follow(service, "d", pause=lambda _: None, now=lambda: next(time)))
