"""One open stream: what waits for its reader, and how that is written. Format of chunks: RFC 9112, section 7.1."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from time import monotonic
from typing import Any, Protocol, TypeVar

from buildsvc.live.feed import Message

T = TypeVar("T")
BEGINNING = "retry: 2000\n\n"
LAST_CHUNK = b"0\r\n\r\n"


class Round:
    """One look at everything: what several streams ask for is looked up once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, name: Hashable, look: Callable[[], T]) -> T:
        """Return what `look` gave the first time that `name` was asked for in this round."""
        if name not in self._known:
            self._known[name] = look()
        found: T = self._known[name]
        return found


class Telling(Protocol):
    """What a stream tells: `channel` is what it listens to, `over` whether it has told all."""

    channel: str
    over: bool

    def tell(self, heard: Sequence[Message], round_: Round) -> Iterator[str]:
        """Give what is new, now that this was heard."""


class HandedOver(OSError):
    """Ends the request's part of a stream; gunicorn passes over it in silence, as over a client that has gone."""

    def __init__(self) -> None:
        super().__init__(errno.ENOTCONN, "the fan-out has the connection")


class OpenStream:
    """The response's body. Under gunicorn it gives its socket to the fan-out behind the first line; elsewhere it waits
    for each piece. Only the fan-out's thread touches what is not said to be the request's.
    """

    def __init__(
        self, telling: Telling, environ: Mapping[str, Any], handed: Callable[[OpenStream, socket.socket], None]
    ) -> None:
        self.telling = telling
        self.connection: socket.socket | None = None
        self.waiting = bytearray()
        self.ended = False
        self.told_at = monotonic()
        self.holds_place = True
        self.was_handed = False
        self._of_request: socket.socket | None = environ.get("gunicorn.socket")
        self._chunked = environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        self._handed = handed
        self._pieces: SimpleQueue[str | None] = SimpleQueue()

    def __iter__(self) -> Iterator[str]:
        """Do the request's part."""
        yield BEGINNING
        if self._of_request is not None:
            # Its number only: nobody else may close or shut what the fan-out writes to.
            own = socket.socket(fileno=self._of_request.detach())
            self.was_handed = True
            self._handed(self, own)
            raise HandedOver
        while (piece := self._pieces.get()) is not None:
            yield piece

    def put(self, piece: str) -> None:
        """Add to what the reader gets."""
        self.told_at = monotonic()
        if self._of_request is None:
            self._pieces.put(piece)
            return
        data = piece.encode()
        self.waiting += b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data

    def end(self) -> None:
        """Nothing follows."""
        if self.ended:
            return
        self.ended = True
        self._pieces.put(None)
        if self._of_request is not None and self._chunked:
            self.waiting += LAST_CHUNK

    def write(self) -> None:
        """Give the connection what it takes now. Raises OSError when the reader is gone."""
        if self.connection is None or not self.waiting:
            return
        try:
            sent = self.connection.send(self.waiting)
        except BlockingIOError:
            return
        del self.waiting[:sent]
