"""A line of loopback that breaks: it hands bytes on, and ends a connection after so many from the client."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class BreakingLine:
    """Stands before a port of loopback. `breaks` are bytes after which a connection ends, each once, in their turn."""

    def __init__(self, port: int, breaks: list[int]) -> None:
        self._target, self.breaks = port, breaks
        self.broken = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A thread in accept does not hear of a close; one more connection wakes it.
        self._target = 0
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if not self._target:
                client.close()
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._run(self._to_server, client, server)
            self._run(self._to_client, server, client)

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        came = 0
        with suppress(OSError):
            while data := client.recv(65536):
                came += len(data)
                with self._lock:
                    ends = bool(self.breaks) and came >= self.breaks[0]
                    if ends:
                        self.breaks.pop(0)
                        self.broken += 1
                server.sendall(data)
                if ends:
                    break
        for one in (client, server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _to_client(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
