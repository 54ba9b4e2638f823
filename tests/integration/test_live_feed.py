"""The feed against a real Redis, which is killed and comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from buildsvc.live.feed import ANY, END, Feed, Heard, Listener
from buildsvc.model.events import LogLine
from tests.redis_server import RedisServer
from tests.waiting import until


@pytest.fixture
def feed(redis: RedisServer) -> Iterator[Feed]:
    feed = Feed(redis.url)
    yield feed
    feed.close()


def heard(listener: Listener, found: list[Heard]) -> list[Heard]:
    """What was found, with all that has come since."""
    found += listener.wait(0.2)
    return found


def test_a_listener_gets_nudges_and_passing_events_in_order(feed: Feed) -> None:
    with feed.listen() as listener:
        assert feed.nudge("d1")
        assert feed.pass_on("d1", LogLine("one"))
        assert feed.pass_on("d1", LogLine("中文"))
        assert feed.finish("d1")
        found: list[Heard] = []
        until(lambda: len(heard(listener, found)) == 4)
    one = {"text": "one", "kind": "log"}
    assert found == [("d1", each) for each in (None, one, {"text": "中文", "kind": "log"}, END)]


def test_a_listener_hears_of_every_channel_which_one_it_was(feed: Feed) -> None:
    with feed.listen() as listener:
        feed.nudge("d1")
        feed.nudge("d2")
        found: list[Heard] = []
        until(lambda: len(heard(listener, found)) == 2)
    assert found == [("d1", None), ("d2", None)]


def test_a_listener_waits_no_longer_than_told(feed: Feed) -> None:
    with feed.listen() as listener:
        began = time.monotonic()
        assert listener.wait(0.2) == []
        assert 0.15 < time.monotonic() - began < 2


def test_what_comes_ends_the_wait_at_once(feed: Feed) -> None:
    with feed.listen() as listener:
        feed.nudge("d1")
        began = time.monotonic()
        assert listener.wait(30) == [("d1", None)]
        assert time.monotonic() - began < 5


def test_sending_and_leasing_cope_with_redis_being_away(redis: RedisServer, feed: Feed) -> None:
    redis.kill()
    assert not feed.nudge("d1")
    assert not feed.pass_on("d1", LogLine("lost"))
    assert not feed.finish("d1")
    assert not feed.lease("d1", 10)
    assert not feed.leased("d1")


def test_a_listener_outlives_redis(redis: RedisServer, feed: Feed) -> None:
    with feed.listen() as listener:
        redis.kill()
        began = time.monotonic()
        assert listener.wait(0.3) == []
        assert time.monotonic() - began >= 0.29
        redis.start()
        found: list[Heard] = []
        until(lambda: heard(listener, found))
        assert found == [(ANY, None)]
        feed.pass_on("d1", LogLine("again"))
        assert listener.wait(20) == [("d1", {"text": "again", "kind": "log"})]


def test_listening_may_begin_while_redis_is_away(redis: RedisServer, feed: Feed) -> None:
    redis.kill()
    with feed.listen() as listener:
        assert listener.wait(0.05) == []
        redis.start()
        assert listener.wait(5) == [(ANY, None)]


def test_a_lease_ends_by_itself(feed: Feed) -> None:
    assert not feed.leased("c1")
    assert feed.lease("c1", 30)
    assert feed.leased("c1")
    assert feed.lease("c1", 0.05)
    until(lambda: not feed.leased("c1"))
