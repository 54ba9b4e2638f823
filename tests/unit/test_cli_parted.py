"""The command line's upload by parts, against the door's own routes on loopback: bytes that travel, breaks, and the
file sent whole where parts do not do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from buildpacks.errors import Refused, Unreachable
from buildsvc.doors.cli.remote.client import Client
from buildsvc.model.access import Role
from buildsvc.model.api import Accepted, Problem
from buildsvc.model.uploading import UploadView
from tests import forge
from tests.doors_site import Door
from tests.parted import noise, version

LIBRARIES = 30


class Served:
    """A door that listens; it counts the bytes of bodies by method, and may break a connection in the middle."""

    def __init__(self, folder: Path) -> None:
        self.door = Door(folder)
        self.came: dict[str, int] = {}
        self.breaks: list[int] = []
        self.closed: set[str] = set()
        self.server = make_server("127.0.0.1", 0, self.answer, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        method = environ["REQUEST_METHOD"]
        if any(environ["PATH_INFO"].startswith(one) for one in self.closed):
            start("404 Not Found", [("Content-Type", "application/problem+json")])
            return [b'{"title": "Not Found", "status": 404, "detail": "No.", "code": "not-found"}']
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.came[method] = self.came.get(method, 0) + length
        if method == "PATCH" and self.breaks:
            environ["wsgi.input"] = Breaking(environ["wsgi.input"], self.breaks.pop(0))
        return self.door.app(environ, start)

    def push(self, jar: Path) -> Accepted:
        with Client(f"http://127.0.0.1:{self.server.server_port}", self.door.tokens[Role.ADMIN]) as client:
            return client.push(jar, application="shop", component="order", force=False, progress=lambda *_: None)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.door.close()


class Breaking:
    """A connection that ends after so many bytes."""

    def __init__(self, stream: Any, most: int) -> None:
        self.stream, self.left = stream, most

    def read(self, size: int) -> bytes:
        if not self.left:
            raise ConnectionResetError
        piece: bytes = self.stream.read(min(size, self.left))
        self.left -= len(piece)
        return piece


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "site")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildsvc.doors.cli.remote.parted._PAUSE", 0.0)


def written(folder: Path, number: int) -> Path:
    return forge.write(folder / "order-service.jar", version(number, libraries=LIBRARIES))


def kept(served: Served, accepted: Accepted) -> bytes:
    return served.door.site.artifacts.path(accepted.artifact).read_bytes()


def test_a_second_push_sends_a_hundredth(served: Served, tmp_path: Path) -> None:
    first = written(tmp_path, 1)
    served.push(first)
    assert served.came["PATCH"] == first.stat().st_size
    second = written(tmp_path, 2)
    accepted = served.push(second)
    assert kept(served, accepted) == second.read_bytes()
    assert served.came["PATCH"] - first.stat().st_size < second.stat().st_size / 100


def test_a_broken_connection_is_gone_on_with_where_it_was(served: Served, tmp_path: Path) -> None:
    jar = written(tmp_path, 1)
    size = jar.stat().st_size
    served.breaks = [400_000, 300_000, 500_000]
    accepted = served.push(jar)
    assert kept(served, accepted) == jar.read_bytes()
    assert served.came["PATCH"] == size + (size - 400_000) + (size - 700_000) + (size - 1_200_000)
    assert len(served.door.ledger.deployments()) == 1


def test_an_older_service_gets_the_file_whole(served: Served, tmp_path: Path) -> None:
    served.closed = {"/api/uploads"}
    jar = written(tmp_path, 1)
    assert kept(served, served.push(jar)) == jar.read_bytes()
    assert "PATCH" not in served.came


def test_parts_that_are_damaged_cost_a_whole_upload_and_nothing_else(served: Served, tmp_path: Path) -> None:
    before = served.push(written(tmp_path, 1)).artifact
    served.push(written(tmp_path, 2))
    path = served.door.site.artifacts.path(before)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[1_000_000] ^= 1
    path.write_bytes(data)
    jar = written(tmp_path, 3)
    assert kept(served, served.push(jar)) == jar.read_bytes()


def test_a_file_that_is_no_archive_is_refused_as_ever(served: Served, tmp_path: Path) -> None:
    file = forge.write(tmp_path / "app.jar", noise(1, 2_000_000))
    with pytest.raises(Refused) as refused:
        served.push(file)
    assert refused.value.code == "not-an-archive"
    assert refused.value.hint


def test_a_refusal_that_is_looked_up_after_a_break_says_all_that_the_answer_said(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Problem("", 503, "The scanner is away.", "scanner-away", "Start it.", values={"scanner": "clamd"})
    monkeypatch.setattr(Client, "_send", lambda *_: None)
    monkeypatch.setattr(Client, "upload", lambda *_: UploadView("x", "refused", problem=refused))
    with pytest.raises(Unreachable) as caught:
        served.push(written(tmp_path, 3))
    assert (caught.value.code, caught.value.values) == ("scanner-away", {"scanner": "clamd"})
