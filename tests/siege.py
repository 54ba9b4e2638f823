"""Who holds a door without using it: silent, half-sent and slow connections, from many addresses of loopback."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import threading
import time
from urllib.parse import urlsplit

import requests

PIECES_A_SECOND = 5


class Siege:
    """Connections to one service, all ended by `end`. Their addresses are 127.1.0.1 and those that follow."""

    def __init__(self, url: str, token: str) -> None:
        self._where = (str(urlsplit(url).hostname), urlsplit(url).port or 80)
        self._token = token
        self._held: list[socket.socket] = []
        self._slow: list[socket.socket] = []
        self._said: dict[socket.socket, bytearray] = {}
        self._over = threading.Event()
        self._feeder: threading.Thread | None = None

    def half_sent_headers(self, count: int, addresses: int = 20) -> list[socket.socket]:
        return self._open(count, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", addresses)

    def half_sent_uploads(self, count: int) -> list[socket.socket]:
        return self._open(count, self._upload(1_000_000) + b"PK\x03\x04")

    def half_sent_bodies(self, count: int) -> list[socket.socket]:
        head = "POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        return self._open(count, head.encode())

    def slow_uploads(self, count: int, bytes_a_second: int) -> None:
        """Uploads that go on, each at its slow pace, until the siege ends."""
        self._slow = self._open(count, self._upload(100_000_000))
        self._feeder = threading.Thread(target=self._feed, args=(bytes(bytes_a_second // PIECES_A_SECOND),))
        self._feeder.start()

    def readers(self, count: int, path: str) -> list[socket.socket]:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        return self._open(count, head.encode())

    def uploads_alive(self) -> int:
        return sum(not self.is_over(one) for one in self._slow)

    def heard(self, one: socket.socket) -> bytes:
        """All that a reader was told so far."""
        said = self._said.setdefault(one, bytearray())
        while select.select([one], [], [], 0)[0] and (piece := one.recv(65536)):
            said += piece
        return bytes(said)

    def is_over(self, one: socket.socket) -> bool:
        """Whether the other side has answered or ended it."""
        return bool(select.select([one], [], [], 0)[0])

    def end(self) -> None:
        self._over.set()
        if self._feeder is not None:
            self._feeder.join()
        for one in self._held:
            one.close()

    def _open(self, count: int, sent: bytes, addresses: int = 20) -> list[socket.socket]:
        opened = []
        for number in range(count):
            one = socket.socket()
            self._held.append(one)
            opened.append(one)
            one.settimeout(10)
            one.bind((f"127.1.0.{number % addresses + 1}", 0))
            # One that is turned away at once is over, and that is all that is asked of it.
            with contextlib.suppress(OSError):
                one.connect(self._where)
                one.sendall(sent)
        return opened

    def _upload(self, size: int) -> bytes:
        path = "/api/artifacts?filename=a.jar&application=shop&component=order"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\nContent-Length: {size}\r\n\r\n"
        )
        return head.encode()

    def _feed(self, piece: bytes) -> None:
        while not self._over.wait(1 / PIECES_A_SECOND):
            for one in self._slow:
                with contextlib.suppress(OSError):
                    one.sendall(piece)


def p95_of_api(url: str, token: str, *, seconds: float = 4.0) -> float:
    """Seconds that 95 of 100 answers of the API take at most, each on a connection of its own, asked for one by one."""
    took = []
    until = time.monotonic() + seconds
    for _ in itertools.takewhile(lambda _: time.monotonic() < until, itertools.count()):
        began = time.monotonic()
        answer = requests.get(f"{url}/api/applications", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        answer.raise_for_status()
        took.append(time.monotonic() - began)
        time.sleep(0.02)
    return sorted(took)[int(len(took) * 0.95)]
