"""The feed against a real Redis, which is killed and comes back."""

from __future__ import annotations

import time

import pytest

from buildsvc.live.feed import END, Feed
from buildsvc.model.events import LogLine, Progress
from tests.waiting import until


@pytest.fixture
def feed(redis):
    feed = Feed(redis.url)
    yield feed
    feed.close()


def test_a_listener_gets_nudges_and_passing_events_in_order(feed):
    with feed.listen("d1") as listener:
        assert feed.nudge("d1")
        assert feed.pass_on("d1", Progress("build", 1, 2))
        assert feed.pass_on("d1", LogLine("中文"))
        assert feed.finish("d1")
        found = []
        until(lambda: found.extend(listener.wait(0.5)) or len(found) == 4)
    progress = {"stage": "build", "done": 1, "total": 2, "kind": "progress"}
    assert found == [None, progress, {"text": "中文", "kind": "log"}, END]


def test_a_listener_hears_nothing_of_other_channels_and_waits_no_longer_than_told(feed):
    with feed.listen("d1") as listener:
        feed.nudge("d2")
        began = time.monotonic()
        assert listener.wait(0.2) == []
        assert 0.15 < time.monotonic() - began < 2


def test_what_comes_ends_the_wait_at_once(feed):
    with feed.listen("d1") as listener:
        feed.nudge("d1")
        began = time.monotonic()
        assert listener.wait(30) == [None]
        assert time.monotonic() - began < 5


def test_sending_and_leasing_cope_with_redis_being_away(redis, feed):
    redis.kill()
    assert not feed.nudge("d1")
    assert not feed.pass_on("d1", LogLine("lost"))
    assert not feed.finish("d1")
    assert not feed.lease("d1", 10)
    assert not feed.leased("d1")


def test_a_listener_outlives_redis(redis, feed):
    with feed.listen("d1") as listener:
        redis.kill()
        began = time.monotonic()
        assert listener.wait(0.3) == []
        assert time.monotonic() - began >= 0.29
        redis.start()
        found = []
        until(lambda: found.extend(listener.wait(0.1)) or found)
        assert found == [None]
        feed.pass_on("d1", LogLine("again"))
        assert listener.wait(20) == [{"text": "again", "kind": "log"}]


def test_listening_may_begin_while_redis_is_away(redis, feed):
    redis.kill()
    with feed.listen("d1") as listener:
        assert listener.wait(0.05) == []
        redis.start()
        assert listener.wait(5) == [None]


def test_a_lease_ends_by_itself(feed):
    assert not feed.leased("c1")
    assert feed.lease("c1", 30)
    assert feed.leased("c1")
    assert feed.lease("c1", 0.05)
    until(lambda: not feed.leased("c1"))
