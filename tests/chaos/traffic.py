"""Mixed traffic upon one component: every way in which a connection can be in use while a version is replaced.

Each visit is shorter than the drain, and asks for an answer that it can check; whatever is not that is a failure.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from types import TracebackType
from typing import Self

from tests.chaos.system import Ports

LONGEST = 30.0
"""Seconds after which a visit that hears nothing has failed."""
UPLOADED, DOWNLOADED = 400_000, 2_000_000
EVENTS, WORDS = 8, 8
BEAT = 0.1
KEPT_ERRORS = 10


class Traffic:
    """`visitors` of each kind, one visit after another, until the `with` block ends. `served` and `failed` count visits
    by their kind; a keep-alive connection is kept over many.
    """

    def __init__(self, ports: Ports, *, visitors: int = 1, kept_alive: int = 4, pause: float = 0.1) -> None:
        self.served: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.errors: list[str] = []
        self._ports, self._pause = ports, pause
        self._over = threading.Event()
        self._lock = threading.Lock()
        crowd = dict.fromkeys(KINDS, visitors) | {"keep-alive": kept_alive}
        self._threads = [
            threading.Thread(target=self._visit, args=(kind,), daemon=True, name=kind)
            for kind, many in crowd.items()
            for _ in range(many)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(LONGEST * 2)

    def everybody_was_served_again(self) -> bool:
        """Wait until a visit of every kind that begins now has ended well, or badly."""
        before = self.served + self.failed
        deadline = time.monotonic() + LONGEST * 2
        # The second from now on began after now.
        while any((self.served + self.failed)[kind] < before[kind] + 2 * len(self._of(kind)) for kind in KINDS):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _of(self, kind: str) -> list[threading.Thread]:
        return [thread for thread in self._threads if thread.name == kind]

    def _visit(self, kind: str) -> None:
        while not self._over.is_set():
            try:
                for _ in KINDS[kind](self._ports):
                    with self._lock:
                        self.served[kind] += 1
                    if self._over.wait(self._pause):
                        break
            except (OSError, http.client.HTTPException, AssertionError) as error:
                with self._lock:
                    self.failed[kind] += 1
                    if len(self.errors) < KEPT_ERRORS:
                        self.errors.append(f"{kind}: {type(error).__name__}: {error}")
                self._over.wait(self._pause)


def _connected(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)


def _keep_alive(ports: Ports) -> Iterator[None]:
    with closing(_connected(ports.main)) as connection:
        while True:
            for method, body in (("GET", None), ("POST", b"x" * 512)):
                connection.request(method, "/", body=body)
                said = connection.getresponse()
                text = said.read()
                assert said.status < 500, f"{said.status} {text[:80]!r}"
                yield


def _slow(ports: Ports) -> Iterator[None]:
    with closing(_connected(ports.main)) as connection:
        connection.request("GET", "/slow")
        assert connection.getresponse().read() == b"slow"
    yield


def _upload(ports: Ports) -> Iterator[None]:
    def pieces() -> Iterator[bytes]:
        for _ in range(10):
            yield bytes(UPLOADED // 10)
            time.sleep(BEAT)

    with closing(_connected(ports.large)) as connection:
        connection.request("POST", "/upload", body=pieces(), headers={"Content-Length": str(UPLOADED)})
        assert connection.getresponse().read() == str(UPLOADED).encode()
    yield


def _download(ports: Ports) -> Iterator[None]:
    with closing(_connected(ports.large)) as connection:
        connection.request("GET", f"/download?{DOWNLOADED}")
        said, size = connection.getresponse(), 0
        while piece := said.read(DOWNLOADED // 10):
            size += len(piece)
            time.sleep(BEAT)
        assert size == DOWNLOADED, f"{size} bytes of {DOWNLOADED}"
    yield


def _events(ports: Ports) -> Iterator[None]:
    with closing(_connected(ports.large)) as connection:
        connection.request("GET", f"/events?{EVENTS}")
        said = connection.getresponse().read()
        assert said.count(b"id: ") == EVENTS, f"{said.count(b'id: ')} events of {EVENTS}"
    yield


def _web_socket(ports: Ports) -> Iterator[None]:
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
    with closing(socket.create_connection(("127.0.0.1", ports.web_socket), LONGEST)) as connection:
        connection.sendall(f"{head}Sec-WebSocket-Version: 13\r\n\r\n".encode())
        said = b""
        while b"\r\n\r\n" not in said:
            piece = connection.recv(4096)
            assert piece, f"no handshake: {said!r}"
            said += piece
        assert b" 101 " in said.split(b"\r\n")[0] + b" ", said[:80]
        for number in range(WORDS):
            # Masked with zeros, which changes nothing.
            connection.sendall(b"\x81\x84" + bytes(4) + b"%04d" % number)
            assert _exactly(connection, 6) == b"\x81\x04%04d" % number
            time.sleep(BEAT)
    yield


def _tcp(ports: Ports) -> Iterator[None]:
    with closing(socket.create_connection(("127.0.0.1", ports.tcp), LONGEST)) as connection:
        for number in range(WORDS):
            connection.sendall(b"%04d" % number)
            assert _exactly(connection, 4) == b"%04d" % number
            time.sleep(BEAT)
    yield


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = connection.recv(size - len(found))
        assert piece, f"cut off after {found!r}"
        found += piece
    return found


KINDS: Mapping[str, Callable[[Ports], Iterator[None]]] = {
    "keep-alive": _keep_alive,
    "slow": _slow,
    "upload": _upload,
    "download": _download,
    "events": _events,
    "web-socket": _web_socket,
    "tcp": _tcp,
}


def crash(ports: Ports) -> None:
    """Have the instance that answers end at once."""
    with suppress(OSError, http.client.HTTPException), closing(_connected(ports.large)) as connection:
        connection.request("GET", "/crash")
        connection.getresponse()
