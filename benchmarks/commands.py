"""The command line's own time: whole processes, from start to exit, against a service that answers at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.figures import Figure, table

AT = "2026-01-01T00:00:00Z"
VIEW = {"name": "shop", "components": [], "seen": AT, "age": 1.0}
ANSWERS = {
    "/api/applications": [VIEW],
    "/api/applications/shop": VIEW,
    "/api/applications/shop/components/order/releases": [],
    "/api/tokens": [],
    "/api/deployments/d/events": [],
}
COMMANDS = (
    ("--help",),
    ("apps",),
    ("status", "shop"),
    ("topology", "shop"),
    ("releases", "shop", "order"),
    ("events", "d"),
    ("token", "list"),
    ("push", "--help"),
    ("inspect", "small.war"),
)


class _AtOnce(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ANSWERS[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is for the figures."""


@contextmanager
def _service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _AtOnce)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def measure(rounds: int) -> str:
    """A table of each command's seconds beside an empty Python's; the processor's own beside those of the clock."""
    program = [sys.executable, "-m", "buildsvc.doors.cli.main"]
    rows: list[tuple[str, ...]] = [("command", "seconds", "of the processor")]
    with tempfile.TemporaryDirectory() as place, _service() as url:
        _small_war(Path(place) / "small.war")
        environment = {"PATH": os.environ["PATH"], "HOME": place, "BUILDSVC_URL": url, "BUILDSVC_TOKEN": "t"}
        for name, command in (
            ("an empty Python", [sys.executable, "-c", ""]),
            *((f"buildsvc {' '.join(given)}", [*program, *given]) for given in COMMANDS),
        ):
            timed = [_run(command, environment, Path(place)) for _ in range(rounds + 1)][1:]
            rows.append((name, *(str(Figure(tuple(each))) for each in zip(*timed, strict=True))))
    return table(rows)


def _small_war(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as war:
        war.writestr("WEB-INF/web.xml", "<web-app/>")
        war.writestr("index.jsp", "<p>2 KB</p>" * 200)


def _run(command: list[str], environment: dict[str, str], place: Path) -> tuple[float, float]:
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        command, env=environment, cwd=place, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seconds, after = time.perf_counter() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used
