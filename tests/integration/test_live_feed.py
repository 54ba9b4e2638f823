"""The feed against a real Redis, which is killed and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildsvc.live.feed import Feed
from tests.contract.live_contract import FeedContract
from tests.redis_server import RedisServer


@pytest.fixture
def feed(redis: RedisServer) -> Iterator[Feed]:
    feed = Feed(redis.url)
    yield feed
    feed.close()


class TestFeed(FeedContract):
    pass
