"""What integration tests share: a Redis of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildsvc.live import embedded_redis
from tests.redis_server import RedisServer


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real one on a unix socket, for one test, which may kill it."""
    socket = embedded_redis.socket_path(tmp_path_factory.mktemp("data"), embedded_redis.default_bases(None))
    server = RedisServer(socket)
    server.start()
    yield server
    server.kill()
    socket.unlink(missing_ok=True)
    socket.parent.rmdir()
