"""The feed: Redis says that there is more, and carries what is not stored (progress, log lines).

Nothing here is needed for correctness: readers poll the ledger as well. So every call copes with Redis being away, by
design: senders return False, readers get nothing, and both work again when it is back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.client import PubSub

from buildsvc.live.connection import AWAY, connect
from buildsvc.model.events import Event
from buildsvc.model.typed_event import EVENTS

_CHANNEL = "buildsvc:feed:"
_LEASE = "buildsvc:lease:"
_MOST_AT_ONCE = 500

Message = dict[str, Any] | None
"""None: there is more in the ledger. Otherwise a passing event as JSON, or `END`."""

END: dict[str, Any] = {"kind": "end"}
"""The last message of a follow."""


ANY = ""
"""In place of a channel: on each of them something may have been missed."""

Heard = tuple[str, Message]
"""A message, and its channel before it."""


class Listener:
    """One reader of all channels. Made by `Feed.listen`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pubsub: PubSub | None = None

    def wait(self, seconds: float) -> list[Heard]:
        """Everything that has come, waiting up to `seconds` for the first. Empty when nothing came, or Redis is away
        (then, too, only after that time). After a loss the first answer is for `ANY`: something may have been missed.
        """
        deadline = time.monotonic() + seconds
        try:
            if self._pubsub is None:
                self.open()
                return [(ANY, None)]
            return self._collect(deadline)
        except AWAY:
            self.close()
            time.sleep(max(0.0, deadline - time.monotonic()))
            return []

    def open(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call] # redis-py is partly typed
        try:
            pubsub.psubscribe(_CHANNEL + "*")
            # Only once Redis has confirmed is nothing missed that is sent from here on.
            pubsub.get_message(timeout=5.0)
        except AWAY:
            pubsub.close()
            raise
        self._pubsub = pubsub

    def close(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            pubsub.close()

    def _collect(self, deadline: float) -> list[Heard]:
        assert self._pubsub is not None
        found: list[Heard] = []
        while len(found) < _MOST_AT_ONCE:
            left = 0.0 if found else max(0.0, deadline - time.monotonic())
            message = self._pubsub.get_message(timeout=left)
            if message is not None:
                channel = message["channel"].decode().removeprefix(_CHANNEL)
                found.append((channel, json.loads(message["data"])))
            elif found or time.monotonic() >= deadline:
                break
        return found


class Feed:
    """The constructor opens nothing; the client copes with a fork by itself."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = connect(redis_url)

    def nudge(self, deployment_id: str) -> bool:
        """Say that the ledger has more events. False when Redis is away: readers see them at their next poll."""
        return self._send(deployment_id, None)

    def pass_on(self, channel: str, event: Event) -> bool:
        """Send a passing event to those who listen now: to a deployment's channel (its id), or a follow's."""
        return self._send(channel, EVENTS.dump_python(event, mode="json"))

    def finish(self, channel: str) -> bool:
        """Say that a follow is over."""
        return self._send(channel, END)

    def _send(self, channel: str, message: Message) -> bool:
        try:
            self._redis.publish(_CHANNEL + channel, json.dumps(message))
        except AWAY:
            return False
        return True

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """Listen to all deployments (a channel is the id of one) and follows; what is sent from here on is heard."""
        listener = Listener(self._redis)
        try:
            listener.open()
        except AWAY:
            # The first `wait` tries again.
            listener.close()
        try:
            yield listener
        finally:
            listener.close()

    def lease(self, channel: str, seconds: float) -> bool:
        """Tell that a reader will read `channel` for `seconds` more; False when Redis is away."""
        try:
            return bool(self._redis.set(_LEASE + channel, "1", px=max(1, int(seconds * 1000))))
        except AWAY:
            return False

    def leased(self, channel: str) -> bool:
        """Whether somebody still reads. False when Redis is away: then no line would reach anybody."""
        try:
            return bool(self._redis.exists(_LEASE + channel))
        except AWAY:
            return False

    def close(self) -> None:
        self._redis.close()
