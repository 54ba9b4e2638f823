"""A service in front of which something goes wrong: answers that never arrive, and bodies that break off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class UnluckyLine:
    """A WSGI application before another. `breaks` are bytes of a PATCH after which it ends, each once, in their turn;
    while `holds` is set, the answer to a PATCH is kept until `let_go`, and then the connection is cut; within `cut`
    nobody is answered at all.
    """

    def __init__(self, behind: Wsgi) -> None:
        self.behind = behind
        self.breaks: list[int] = []
        self.holds = False
        self.away = False
        self.let_go = threading.Event()
        self.came = 0
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        self.asked.append(f"{method} {environ['PATH_INFO']}")
        if self.away:
            raise ConnectionResetError
        if method != "PATCH":
            return self.behind(environ, start)
        environ["wsgi.input"] = _Counted(self, environ["wsgi.input"], self.breaks.pop(0) if self.breaks else None)
        if not self.holds:
            return self.behind(environ, start)
        list(self.behind(environ, lambda *_: lambda _: None))
        self.let_go.wait(60)
        raise ConnectionResetError

    @contextmanager
    def cut(self) -> Iterator[None]:
        self.away = True
        try:
            yield
        finally:
            self.away = False


class _Counted:
    def __init__(self, line: UnluckyLine, stream: Any, most: int | None) -> None:
        self._line, self._stream, self._left = line, stream, most

    def read(self, size: int = -1) -> bytes:
        if self._left == 0:
            raise ConnectionResetError
        piece: bytes = self._stream.read(size if self._left is None else min(size, self._left))
        self._line.came += len(piece)
        if self._left is not None:
            self._left -= len(piece)
        return piece
