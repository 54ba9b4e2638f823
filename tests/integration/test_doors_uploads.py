"""Uploads through the real web server: chunked bodies, clients that leave, and memory that stays small."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forge
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SERVER = """
import sys
from pathlib import Path
from gunicorn.app.base import BaseApplication
from tests.doors_site import Door
from buildsvc.model.access import Role

class Server(BaseApplication):
    def load_config(self):
        chosen = {"bind": "127.0.0.1:0", "worker_class": "gthread", "threads": 4, "control_socket_disable": True}
        for key, value in {**chosen, "post_worker_init": self.tell}.items():
            self.cfg.set(key, value)
    def load(self):
        self.door = Door(Path(sys.argv[1]), max_upload=1024 ** 3)
        return self.door.app
    def tell(self, worker):
        port = worker.sockets[0].getsockname()[1]
        Path(sys.argv[1], "said").write_text(f"{port} {worker.pid} {self.door.tokens[Role.ADMIN]}")

Server().run()
"""


@dataclass(frozen=True)
class Served:
    port: int
    pid: int
    token: str
    spool: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def peak(self) -> int:
        """The most memory that the process ever had, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The door's routes by the real web server, with a site in `folder`."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(folder)], cwd=ROOT)
    try:
        said = folder / "said"
        until(lambda: said.exists() and len(said.read_text().split()) == 3, 120)
        port, pid, token = said.read_text().split()
        yield Served(int(port), int(pid), token, folder / "tmp")
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("site")) as made:
        yield made


def jar() -> bytes:
    return forge.boot_jar(extra={"BOOT-INF/classes/big.bin": bytes(range(256)) * 8000})


def test_a_chunked_upload_arrives_whole(served: Served) -> None:
    data = jar()
    connection = served.connect()
    pieces = (data[start : start + 10_000] for start in range(0, len(data), 10_000))
    path = "/api/artifacts?filename=a.jar&application=shop&component=order"
    connection.request("POST", path, body=pieces, headers=served.headers(), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.read()[:1]) == (202, b"{")
    connection.close()


@pytest.mark.parametrize("length", ["Content-Length: 5000000", "Transfer-Encoding: chunked"])
def test_a_client_that_leaves_in_the_middle_leaves_nothing(served: Served, length: str) -> None:
    lines = ("POST /api/artifacts?filename=a.jar HTTP/1.1", "Host: x", f"Authorization: Bearer {served.token}", length)
    head = "\r\n".join((*lines, "", ""))
    # What does not begin as an archive is refused by its first bytes, and may be gone between two looks at the folder.
    begun = b"PK\x03\x04" + b"x" * 2_000_000
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(head.encode())
        client.sendall(b"200000\r\n" + begun if "chunked" in length else begun)
        until(lambda: list(served.spool.iterdir()))
    until(lambda: not list(served.spool.iterdir()))


def test_a_300_mb_form_takes_no_memory_and_goes_nowhere_but_to_the_spool(served: Served) -> None:
    before = served.peak()
    head = b'--b\r\nContent-Disposition: form-data; name="artifact"; filename="a.jar"\r\n\r\nPK\x03\x04' + b"\0" * 1020
    count = 300
    length = len(head) + count * 1024 * 1024 + len(b"\r\n--b--\r\n")

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(count):
            yield bytes(1024 * 1024)
        yield b"\r\n--b--\r\n"

    headers = {**served.headers(), "Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(length)}
    connection = served.connect()
    connection.request("POST", "/api/artifacts", body=body(), headers=headers)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["status"]) == (422, 422)
    connection.close()
    assert served.peak() - before < 40 * 1024 * 1024
    assert list(served.spool.iterdir()) == []
