"""The fake queue and the fake feed keep the contract of the real ones."""

from __future__ import annotations

import pytest

from tests.contract.live_contract import FeedContract, JobsContract, Take
from tests.fakes import FakeFeed, FakeJobs


class FakeRedis:
    def __init__(self, fake: FakeJobs | FakeFeed) -> None:
        self.fake = fake

    def kill(self) -> None:
        self.fake.up = False

    def start(self) -> None:
        self.fake.up = True


class TestFakeJobs(JobsContract):
    @pytest.fixture
    def queue(self) -> FakeJobs:
        return FakeJobs()

    @pytest.fixture
    def take(self, queue: FakeJobs) -> Take:
        return queue.take

    @pytest.fixture
    def redis(self, queue: FakeJobs) -> FakeRedis:
        return FakeRedis(queue)


class TestFakeFeed(FeedContract):
    @pytest.fixture
    def feed(self) -> FakeFeed:
        return FakeFeed()

    @pytest.fixture
    def redis(self, feed: FakeFeed) -> FakeRedis:
        return FakeRedis(feed)


def test_a_follow_tells_its_channel() -> None:
    channels: list[str] = []
    FakeJobs(channels.append).enqueue_follow("shop", "order", "channel-1", 100, follow=True)
    assert channels == ["channel-1"]
