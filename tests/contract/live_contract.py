"""What the queue and the feed must do: one suite, run over the fakes and over the real ones with a Redis.

A test module gives the fixtures `queue` or `feed` and `redis`, which goes and comes back, and a class that inherits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import pytest

from buildpacks.errors import Unreachable
from buildsvc.live.feed import ANY, END, Feed, Heard, Listener
from buildsvc.live.jobs import Jobs
from buildsvc.model.events import LogLine, Settled
from tests.waiting import until

Take = Callable[[], list[str]]
"""Has a worker take what waits; returns it, in order."""


class Away(Protocol):
    """A Redis that can be away."""

    def kill(self) -> None: ...
    def start(self) -> None: ...


def heard(listener: Listener, found: list[Heard]) -> list[Heard]:
    """What was found, with all that has come since."""
    found += listener.wait(0.1)
    return found


class JobsContract:
    def test_a_waiting_deployment_is_never_queued_twice(self, queue: Jobs) -> None:
        assert queue.enqueue("d1")
        assert not queue.enqueue("d1")
        assert queue.enqueue("d2")
        assert queue.queued() == {"d1", "d2"}

    def test_a_worker_takes_them_in_order_and_then_they_can_be_queued_again(self, queue: Jobs, take: Take) -> None:
        for name in ("d1", "d2"):
            queue.enqueue(name)
        assert take() == ["d1", "d2"]
        assert queue.queued() == set()
        assert queue.enqueue("d1")
        assert take() == ["d1"]

    def test_a_follow_is_no_waiting_deployment(self, queue: Jobs) -> None:
        queue.enqueue_follow("shop", "order", "channel-1", 100, follow=True)
        assert queue.queued() == set()

    def test_without_redis_it_is_unreachable_and_afterwards_as_before(self, queue: Jobs, redis: Away) -> None:
        assert queue.ready()
        redis.kill()
        assert not queue.ready()
        asked: tuple[Callable[[], object], ...] = (
            lambda: queue.enqueue("d1"),
            lambda: queue.enqueue_follow("shop", "order", "channel-1", 100, follow=True),
            queue.queued,
        )
        for ask in asked:
            with pytest.raises(Unreachable) as failure:
                ask()
            assert failure.value.code == "redis-unreachable"
        redis.start()
        assert queue.ready()
        assert queue.enqueue("d1")


class FeedContract:
    def test_a_listener_gets_nudges_and_passing_events_in_order(self, feed: Feed) -> None:
        found: list[Heard] = []
        with feed.listen() as listener:
            assert feed.nudge("d1")
            assert feed.pass_on("d1", LogLine("中文"))
            assert feed.pass_on("d1", Settled())
            assert feed.finish("d1")
            until(lambda: len(heard(listener, found)) == 4)
        assert found == [("d1", each) for each in (None, {"text": "中文", "kind": "log"}, {"kind": "settled"}, END)]

    def test_everybody_who_listens_gets_it_and_nobody_what_was_sent_before(self, feed: Feed) -> None:
        assert feed.pass_on("d1", LogLine("before"))
        with feed.listen() as one, feed.listen() as other:
            assert feed.pass_on("d1", LogLine("now"))
            for listener in (one, other):
                found: list[Heard] = []
                until(partial(heard, listener, found))
                assert found == [("d1", {"text": "now", "kind": "log"})]

    def test_a_listener_hears_of_every_channel_which_one_it_was(self, feed: Feed) -> None:
        found: list[Heard] = []
        with feed.listen() as listener:
            feed.nudge("d1")
            feed.nudge("d2")
            until(lambda: len(heard(listener, found)) == 2)
        assert found == [("d1", None), ("d2", None)]

    def test_a_listener_waits_no_longer_than_told(self, feed: Feed) -> None:
        with feed.listen() as listener:
            began = time.monotonic()
            assert listener.wait(0.2) == []
            assert 0.15 < time.monotonic() - began < 20

    def test_what_comes_ends_the_wait_at_once(self, feed: Feed) -> None:
        with feed.listen() as listener:
            feed.nudge("d1")
            began = time.monotonic()
            assert listener.wait(30) == [("d1", None)]
            assert time.monotonic() - began < 20

    def test_sending_and_leasing_cope_with_redis_being_away(self, feed: Feed, redis: Away) -> None:
        feed.lease("d1", 30)
        redis.kill()
        assert not feed.nudge("d1")
        assert not feed.pass_on("d1", LogLine("lost"))
        assert not feed.finish("d1")
        assert not feed.lease("d1", 10)
        assert not feed.leased("d1")

    def test_a_listener_outlives_redis_and_is_told_that_it_may_have_missed_something(
        self, feed: Feed, redis: Away
    ) -> None:
        found: list[Heard] = []
        with feed.listen() as listener:
            redis.kill()
            began = time.monotonic()
            assert listener.wait(0.3) == []
            assert time.monotonic() - began >= 0.29
            redis.start()
            until(lambda: heard(listener, found))
            assert found == [(ANY, None)]
            feed.pass_on("d1", LogLine("again"))
            assert listener.wait(20) == [("d1", {"text": "again", "kind": "log"})]

    def test_listening_may_begin_while_redis_is_away(self, feed: Feed, redis: Away) -> None:
        redis.kill()
        with feed.listen() as listener:
            assert listener.wait(0.05) == []
            redis.start()
            assert listener.wait(5) == [(ANY, None)]

    def test_a_lease_ends_by_itself(self, feed: Feed) -> None:
        assert not feed.leased("c1")
        assert feed.lease("c1", 30)
        assert feed.leased("c1")
        assert feed.lease("c1", 0.05)
        until(lambda: not feed.leased("c1"))
