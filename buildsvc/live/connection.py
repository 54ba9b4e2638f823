"""How this room reaches Redis, and when it is ready: one client with short time-outs, that never retries for long."""

from __future__ import annotations

import time

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from buildpacks.errors import Unreachable

AWAY = (RedisConnectionError, RedisTimeoutError)
"""What redis-py raises when Redis does not answer (or, after a restart, is still loading)."""

_SECONDS = 5.0


def connect(url: str) -> Redis:
    """Return a client for `redis://…` or `unix:///path?db=0`; nothing is opened until it is used. One retry without a
    pause covers a connection that the server closed meanwhile; longer waiting is the caller's to decide.
    """
    return Redis.from_url(
        url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, retry=Retry(NoBackoff(), 1), protocol=2
    )


def unreachable(url: str, error: Exception) -> Unreachable:
    return Unreachable("redis-unreachable", url=url, why=type(error).__name__)


def wait_ready(redis_url: str, seconds: float) -> None:
    """Return as soon as Redis answers. Raises Unreachable `redis-not-ready` after `seconds`."""
    deadline = time.monotonic() + seconds
    client = connect(redis_url)
    try:
        while True:
            try:
                client.ping()
            except (*AWAY, ResponseError) as error:
                if time.monotonic() >= deadline:
                    raise Unreachable("redis-not-ready", redis_url=redis_url) from error
            else:
                return
            time.sleep(0.02)
    finally:
        client.close()
