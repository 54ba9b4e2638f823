"""One program inside a container that stays, reads requests line by line and answers each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from docker.utils.socket import frames_iter

from buildpacks.errors import Unreachable
from buildsvc.engines.docker import wire
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.wire import ours
from buildsvc.engines.gateway import protocol
from buildsvc.engines.gateway.protocol import GatewayAnswer, Request

LIMIT = 60.0
"""Seconds that one answer may take; the longest wait of our own is a few."""


class Conversation:
    """Ends with `close`, with this process, and with the program; nothing of it is left in the container then."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._frames: Iterator[tuple[int, bytes]] = frames_iter(raw, tty=False)  # type: ignore[no-untyped-call]
        self._asked = 0

    def ask(self, request: Request) -> GatewayAnswer:
        """Say it and wait for the whole answer. Raises Unreachable when there is none: the conversation is over."""
        self._asked += 1
        timer = threading.Timer(LIMIT, wire.hang_up, [self._raw])
        timer.daemon = True
        timer.start()
        heard = b""
        try:
            with ours():
                self._raw._sock.sendall(request.written())  # noqa: SLF001 - the SDK opens it for reading only
                for _, chunk in self._frames:
                    heard += chunk
                    found = protocol.answered(heard, self._asked)
                    if found is not None:
                        return found
        finally:
            timer.cancel()
        raise Unreachable("session-over")

    def close(self) -> None:
        """End the program's input, and with it the program."""
        wire.hang_up(self._raw)
        with suppress(OSError):
            wire.let_go(self._raw)


def begin(client: EngineClient, container: str, argv: Sequence[str]) -> Conversation:
    """Start the program. Raises Conflict when the container does not run, Unreachable."""
    with ours():
        made = str(client.api.exec_create(container, list(argv), stdin=True)["Id"])
        return Conversation(client.api.exec_start(made, socket=True))
