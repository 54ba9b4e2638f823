"""Streams: what happened, then what happens, numbered for resuming; bounded, and given back however they end."""

import json
from threading import Event

import pytest

from buildsvc.doors.http.api.common import EXTENSION, Parts
from buildsvc.doors.http.api.told import Told
from buildsvc.doors.http.fanout import HEARTBEAT_LINE
from buildsvc.doors.http.open_stream import OpenStream
from buildsvc.model.access import Role
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Healthy, LogLine, Received, Settled, Started, WentLive
from tests.doors_site import Door
from tests.waiting import until


@pytest.fixture
def begun(door: Door) -> Deployment:
    deployment = door.deployment()
    publish = door.site.publisher(deployment.id)
    publish(Received("ab", "order.jar", 100, "its name"))
    publish(Started("worker"))
    return deployment


def settle(door: Door, deployment: Deployment) -> None:
    door.site.publisher(deployment.id)(Settled())
    door.ledger.advance(deployment.id, Phase.SETTLED)


def told(text: str) -> list[tuple[str | None, str, Told]]:
    """Read a whole stream as (id, event name, data)."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((lines.get("id"), lines["event"], Told.model_validate_json(lines["data"])))
    return found


def written(door: Door) -> None:
    """Wait until the writer of the streams has done what it was asked so far."""
    done = Event()
    parts: Parts = door.app.extensions[EXTENSION]
    parts.streams._ask(done.set)
    assert done.wait(60)


def read(door: Door, deployment: Deployment, query: str = "", **headers: str) -> str:
    path = f"/api/deployments/{deployment.id}/events{query}"
    return door.client().get(path, headers={**door.headers(Role.VIEWER), **headers}).text


def test_a_stream_tells_what_was_and_what_comes_until_the_end(door: Door, begun: Deployment) -> None:
    publish = door.site.publisher(begun.id)
    door.feed.on_wait = [lambda: publish(Healthy(4.2)), lambda: settle(door, begun)]
    events = told(read(door, begun))
    assert [(number, name) for number, name, _ in events] == [
        ("1", "received"),
        ("2", "started"),
        ("3", "healthy"),
        ("4", "settled"),
    ]


def test_each_event_comes_with_its_words_and_its_stage(door: Door, begun: Deployment) -> None:
    settle(door, begun)
    first = told(read(door, begun))[0][2]
    assert (first.text, first.stage) == ("Received order.jar (100 B), matched by its name.", "received")


def test_a_reader_that_comes_back_gets_only_what_it_missed(door: Door, begun: Deployment) -> None:
    settle(door, begun)
    assert [number for number, _, _ in told(read(door, begun, **{"Last-Event-ID": "1"}))] == ["2", "3"]
    assert [number for number, _, _ in told(read(door, begun, "?after=2"))] == ["3"]


def test_the_header_of_a_reconnecting_browser_counts_before_its_first_address(door: Door, begun: Deployment) -> None:
    settle(door, begun)
    assert [number for number, _, _ in told(read(door, begun, "?after=0", **{"Last-Event-ID": "2"}))] == ["3"]


def test_a_browser_that_was_told_everything_is_told_to_stop(door: Door, begun: Deployment) -> None:
    settle(door, begun)
    path = f"/api/deployments/{begun.id}/events"
    assert door.client().get(path, headers={**door.headers(), "Last-Event-ID": "3"}).status_code == 204


def test_passing_events_travel_without_a_number(door: Door, begun: Deployment) -> None:
    publish = door.site.publisher(begun.id)
    door.feed.on_wait = [
        lambda: publish(LogLine("before")),
        lambda: publish(LogLine("hello\nworld")),
        # Of one that has ended what passes is not told any more: the writer has to have come so far.
        lambda: written(door),
        lambda: settle(door, begun),
    ]
    events = told(read(door, begun))
    passing = [(name, about) for number, name, about in events if number is None]
    assert [name for name, _ in passing] == ["log", "log"]
    assert passing[1][1].text == "hello\nworld"
    assert [recorded.number for recorded in door.ledger.events(begun.id)] == [1, 2, 3]


def test_a_lost_nudge_only_makes_it_later(door: Door, begun: Deployment) -> None:
    door.feed.on_wait = [lambda: None, lambda: _settle_silently(door, begun)]
    assert told(read(door, begun))[-1][1] == "settled"


def _settle_silently(door: Door, deployment: Deployment) -> None:
    door.ledger.append_event(deployment.id, Settled())
    door.ledger.advance(deployment.id, Phase.SETTLED)


def test_an_end_without_a_last_event_ends_the_stream_too(door: Door, begun: Deployment) -> None:
    door.ledger.advance(begun.id, Phase.CANCELLED)
    assert [name for _, name, _ in told(read(door, begun))] == ["received", "started"]


def test_until_live_ends_when_the_new_release_serves(door: Door, begun: Deployment) -> None:
    door.site.publisher(begun.id)(WentLive(3, 6.1, 60.0))
    door.ledger.advance(begun.id, Phase.LIVE)
    assert told(read(door, begun, "?until=live"))[-1][1] == "live"


def test_a_quiet_stream_shows_that_it_lives(door: Door, begun: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    put, shown = OpenStream.put, Event()

    def watched(stream: OpenStream, text: str) -> None:
        put(stream, text)
        if text == HEARTBEAT_LINE:
            shown.set()

    def settle_when_shown() -> None:
        if shown.is_set():
            settle(door, begun)
        else:
            door.feed.on_wait.append(settle_when_shown)

    monkeypatch.setattr(OpenStream, "put", watched)
    door.feed.on_wait = [settle_when_shown]
    assert ": still here" in read(door, begun)


def test_the_same_as_a_list_needs_no_stream(door: Door, begun: Deployment) -> None:
    answer = json.loads(read(door, begun, Accept="application/json"))
    assert [Told.model_validate(one).number for one in answer] == [1, 2]


def test_a_stream_too_many_is_refused_with_another_way(door: Door, begun: Deployment) -> None:
    path = f"/api/deployments/{begun.id}/events"
    client, headers = door.client(), door.headers()
    held = [client.get(path, headers=headers, buffered=False) for _ in range(2)]
    refused = client.get(path, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (503, "too-many-streams")
    assert "application/json" in refused.get_json()["hint"]
    assert client.get(path, headers={**headers, "Accept": "application/json"}).status_code == 200
    for stream in held:
        stream.close()
    settle(door, begun)
    assert client.get(path, headers=headers).status_code == 200


def test_a_reader_that_leaves_before_the_first_byte_gives_everything_back(door: Door, begun: Deployment) -> None:
    stream = door.client().get(f"/api/deployments/{begun.id}/events", headers=door.headers(), buffered=False)
    assert door.feed.listeners() == 1
    stream.close()
    until(lambda: door.feed.listeners() == 0)


def test_a_stream_of_nothing_is_a_problem_and_takes_no_slot(door: Door) -> None:
    for _ in range(5):
        answer = door.client().get("/api/deployments/nothing/events", headers=door.headers())
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no-such-deployment")


def test_a_log_is_streamed_line_by_line(door: Door) -> None:
    answer = door.client().get("/api/applications/shop/components/order/logs?tail=5", headers=door.headers(Role.VIEWER))
    assert answer.mimetype == "text/event-stream"
    assert answer.text.count("event: log\n") == 2
    assert '"text":"a line"' in answer.text


def test_the_log_of_nothing_is_a_problem(door: Door) -> None:
    answer = door.client().get("/api/applications/shop/components/none/logs", headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no-such-component")
