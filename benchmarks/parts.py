"""What a push by parts sends after a change in one class, beside the whole file, over lines of three speeds.

Service and client stand in two network namespaces of their own, with one line between them that TBF holds at a speed.
The clock runs in the client, from the file on its disk until the service has taken it; bytes are those of the line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.jars import with_one_class_changed
from benchmarks.peers import run
from buildsvc import wiring
from buildsvc.doors.cli.remote.asking import Sent
from buildsvc.doors.cli.remote.client import Client
from buildsvc.model.access import Role
from buildsvc.model.api import Accepted
from buildsvc.model.application import Application, Component, JarSettings, Placement
from buildsvc.settings.reading import read

SHOP = Application("shop", (Component("order", jar=JarSettings("order")),))
SPEEDS = {10: 1, 100: 3, 1000: 5}
"""Mbit/s, with the rounds of each: a whole file takes a minute on the slowest line."""
SERVER, CLIENT, PORT = "198.18.7.1", "198.18.7.2", 8420
MARKS = ("<!-- parts -->", "<!-- end of parts -->")
WAYS = ("whole", "parts")


@dataclass(frozen=True)
class _Line:
    """Two namespaces, and the end of the line in each."""

    server: str
    client: str

    def inside(self, place: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", place, *command]

    def shape(self, mbit: int) -> None:
        """Hold both directions at a speed."""
        for place in (self.server, self.client):
            # A bucket of some milliseconds: the kernel fills it that often.
            bucket = max(32, mbit * 1000 // 8 // 250 * 2)
            shaped = ("root", "tbf", "rate", f"{mbit}mbit", "burst", f"{bucket}kb", "latency", "50ms")
            run(self.inside(place, "tc", "qdisc", "replace", "dev", "line", *shaped))

    def sent(self) -> int:
        """Bytes that the client's end has sent since it is there."""
        told = run(self.inside(self.client, "cat", "/sys/class/net/line/statistics/tx_bytes"))
        return int(told)


@contextmanager
def _line() -> Iterator[_Line]:
    made = _Line(f"parts-s{os.getpid()}", f"parts-c{os.getpid()}")
    try:
        for place in (made.server, made.client):
            run(["ip", "netns", "add", place])
        run(["ip", "link", "add", "line", "netns", made.server, "type", "veth", "peer", "line", "netns", made.client])
        for place, address in ((made.server, SERVER), (made.client, CLIENT)):
            run(made.inside(place, "ip", "address", "add", f"{address}/30", "dev", "line"))
            for device in ("line", "lo"):
                run(made.inside(place, "ip", "link", "set", device, "up"))
        yield made
    finally:
        for place in (made.server, made.client):
            with suppress(subprocess.CalledProcessError, RuntimeError):
                run(["ip", "netns", "delete", place])


def _token(data: Path) -> str:
    """Make a site with an application that nobody works on, and a token for it."""
    site = wiring.open_site(read({"BUILDSVC_DATA": str(data), "HOME": str(data)}), create=True)
    try:
        site.ledger.save_application(SHOP, Placement(), actor="bench")
        return site.ledger.create_token("bench", Role.ADMIN)[0]
    finally:
        wiring.close(site)


@contextmanager
def _service(line: _Line, folder: Path) -> Iterator[str]:
    """Run a whole service, front included, that finds no engine: it takes jars, and what would follow does not disturb.
    Gives its token.
    """
    data = folder / "site"
    token = _token(data)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BUILDSVC_")}
    environment = {**kept, "BUILDSVC_DATA": str(data), "BUILDSVC_LISTEN": f"{SERVER}:{PORT}"}
    environment["BUILDSVC_DOCKER_HOST"] = f"unix://{folder}/nobody"
    command = line.inside(line.server, sys.executable, "-m", "buildsvc.doors.cli.main", "up")
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        asked = line.inside(line.client, sys.executable, "-m", "benchmarks.parts", "ready", f"http://{SERVER}:{PORT}")
        while subprocess.run(asked, check=False, capture_output=True).returncode:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "web.log").read_text()[-500:])
        yield token
    finally:
        process.terminate()
        process.wait(30)


def send(url: str, token: str, jar: Path, way: str) -> float:
    """Seconds of an upload, in one way or the other."""
    query = {"application": "shop", "component": "order", "filename": "order-1.jar"}
    with Client(url, token) as client:
        began = time.perf_counter()
        if way == "whole":
            with jar.open("rb") as stream:
                size = jar.stat().st_size
                taken: Accepted | None = client.send("POST", "artifacts", query, Sent(stream, size, _silent))
        else:
            taken = client.push_parts(jar, {"application": "shop", "component": "order"}, _silent)
        seconds = time.perf_counter() - began
    if taken is None or taken.deployment is None:
        raise RuntimeError(f"the service did not take {jar}: {taken}")
    return seconds


def _silent(done: int, whole: int) -> None:
    """Nobody looks."""


def measure(jar: Path, folder: Path) -> list[tuple[str, ...]]:
    """Bytes and seconds by speed and way, as the rows of a table."""
    rows: list[tuple[str, ...]] = [("line", "way", "sent, MB", "of the file", "s", "behind the whole file, s")]
    number = 0
    with _line() as line, _service(line, folder) as token:

        def round_of(way: str, name: str) -> tuple[float, int]:
            changed = with_one_class_changed(jar, folder / name, number)
            before = line.sent()
            command = [sys.executable, "-m", "benchmarks.parts", "send", f"http://{SERVER}:{PORT}", token]
            told = run(line.inside(line.client, *command, str(changed), way))
            changed.unlink()
            return float(json.loads(told.splitlines()[-1])), line.sent() - before

        round_of("whole", "first.jar")
        size = jar.stat().st_size
        for mbit, rounds in SPEEDS.items():
            line.shape(mbit)
            took: dict[str, list[tuple[float, int]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    number += 1
                    took[way].append(round_of(way, f"{number}.jar"))
            whole = Figure(tuple(seconds for seconds, _ in took["whole"]))
            for way in WAYS:
                seconds = Figure(tuple(one for one, _ in took[way]))
                sent = Figure(tuple(bytes_ / 1e6 for _, bytes_ in took[way]))
                behind = Figure(tuple(a - b for a, b in zip(seconds.rounds, whole.rounds, strict=True)))
                share = f"{sent.median * 1e8 / size:.2f} %"
                rows.append((f"{mbit} Mbit/s", way, f"{sent.median:.2f}", share, str(seconds), str(behind)))
    return rows


if __name__ == "__main__":
    if sys.argv[1] == "ready":
        with Client(sys.argv[2], None) as asked:
            asked.call("GET", "words").close()
    else:
        print(json.dumps(send(sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])))
