"""Answers of another machine that end: whole in so many bytes and in so many seconds, from the connection on.

A time-out of requests counts from one byte to the next, so that whoever sends a byte now and then holds a thread for as
long as he likes; and it reads an answer into memory whatever its length.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from threading import Lock, Timer
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

_PIECE = 64 * 1024


class BoundedAnswers(HTTPAdapter):
    """Asks by HTTP or HTTPS; an answer that is longer than `longest` bytes, or not there whole after `seconds`, is a
    ValueError or a TimeoutError. For one thread.
    """

    def __init__(self, longest: int, seconds: float) -> None:
        super().__init__()
        self._longest, self._seconds = longest, seconds
        self._cut = _Cut()

    def get_connection_with_tls_context(self, *told: Any, **more: Any) -> ConnectionPool:
        """Give the connections to a server; each new one can be cut off."""
        pool = super().get_connection_with_tls_context(*told, **more)
        kind = _CutTlsConnection if isinstance(pool, HTTPSConnectionPool) else _CutConnection
        pool.ConnectionCls = partial(kind, self._cut)  # type: ignore[attr-defined]
        return pool

    def send(self, request: PreparedRequest, stream: bool = False, *told: Any, **more: Any) -> Response:  # noqa: ARG002 - requests' signature
        """Ask, and give an answer that was read already."""
        # What a server packs may become a thousand times as long when it is read.
        request.headers["Accept-Encoding"] = "identity"
        self._cut.begin()
        timer = Timer(self._seconds, self._cut.off)
        timer.daemon = True
        timer.start()
        try:
            with super().send(request, True, *told, **more) as answer:
                content = b"".join(self._pieces(answer))
        except (OSError, ValueError):
            self._cut.require_in_time(request.url, self._seconds)
            raise
        except HTTPError as error:
            self._cut.require_in_time(request.url, self._seconds)
            raise RequestException(error) from error
        finally:
            timer.cancel()
        self._cut.require_in_time(request.url, self._seconds)
        answer.raw = BytesIO(content)
        return answer

    def close(self) -> None:
        """Give the connections back."""
        super().close()
        self._cut.close()

    def _pieces(self, answer: Response) -> Iterator[bytes]:
        length = 0
        for piece in answer.raw.stream(_PIECE, decode_content=False):
            length += len(piece)
            if length > self._longest:
                raise ValueError(f"{answer.url} answered with more than {self._longest} bytes")
            yield piece


class _Cut:
    """The connections of one question, which another thread may end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._late = False

    def begin(self) -> None:
        with self._lock:
            self._late = False

    def add(self, new: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one.
        handle = new.dup()
        with self._lock:
            self._sockets.append(handle)
            if self._late:
                handle.shutdown(socket.SHUT_RDWR)

    def off(self) -> None:
        """End them: whoever reads finds an end."""
        with self._lock:
            self._late = True
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets = []

    def require_in_time(self, url: str | None, seconds: float) -> None:
        """Raise TimeoutError where it was cut off."""
        with self._lock:
            if self._late:
                raise TimeoutError(f"{url} did not answer whole in {seconds:g} s")


class _CutConnection(HTTPConnection):
    def __init__(self, cut: _Cut, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self._cut = cut

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        self._cut.add(made)
        return made


class _CutTlsConnection(_CutConnection, HTTPSConnection):
    """The same by TLS, which begins on the connection that is there then."""
