"""`buildsvc up` as a test runs it: its real processes on a free port of loopback, without an engine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from buildsvc.model.application import Placement
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.model.deployment import Cause, Phase
from buildsvc.store.holders import Holder
from buildsvc.store.ledger import Ledger
from tests.doors_site import SHOP
from tests.waiting import until


@dataclass
class Up:
    """One `buildsvc up`: its process, what it said so far, and where it listens."""

    process: subprocess.Popen[bytes]
    output: Path
    url: str

    @property
    def data(self) -> Path:
        return self.output.parent / "data dir"

    def said(self) -> str:
        return self.output.read_text()

    def children(self) -> dict[int, str]:
        """Every process below it: pid -> command line."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = stat.read_text().split(" (", 1)
                state, parent = rest.rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(pid)] = int(parent)
            except (FileNotFoundError, ProcessLookupError):
                continue
        found: dict[int, str] = {}
        below = {self.process.pid}
        while below:
            below = {pid for pid, parent in parents.items() if parent in below and pid not in found}
            found |= {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in below}
        return found

    def pid_of(self, name: str) -> int:
        told = re.findall(rf"{name} runs as (\d+)", (self.output.parent / "data dir/logs/up.log").read_text())
        return int(told[-1])

    def token(self) -> str:
        """The admin token, which is printed at the first start."""
        found = re.search(r"bsv_\S+", self.said())
        assert found is not None
        return found.group()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def settings(root: Path, port: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BUILDSVC_")}
    return {
        **kept,
        "BUILDSVC_DATA": str(root / "data dir"),
        "BUILDSVC_LISTEN": f"127.0.0.1:{port}",
        "BUILDSVC_DOCKER_HOST": f"unix://{root}/no-engine.sock",
        "BUILDSVC_POLL": "0.5s",
        "BUILDSVC_LANGUAGE": "en",
        **more,
    }


UP = ("-m", "buildsvc.doors.cli.main", "up")


def start(root: Path, port: int, *, program: tuple[str, ...] = UP, **more: str) -> Up:
    output = root / "up.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *program], stdout=file, stderr=file, env=settings(root, port, **more)
        )
    return Up(process, output, f"http://127.0.0.1:{port}")


def is_ready(up: Up) -> bool:
    assert up.process.poll() is None, up.said()
    return "ready at" in up.said()


def started(root: Path, port: int, *, program: tuple[str, ...] = UP, **more: str) -> Up:
    """Start it and wait until it says that it is ready."""
    made = start(root, port, program=program, **more)
    until(lambda: is_ready(made), 60)
    return made


@contextmanager
def unfinished(up: Up) -> Iterator[tuple[Ledger, str]]:
    """A deployment of this site that a living holder works on, here, without end; and the site's ledger."""
    ids = Uuid7Ids()
    ledger, holder = Ledger(up.data / "ledger.db", SystemClock(), ids), Holder(up.data / "tmp" / "holders", "test", ids)
    ledger.open()
    holder.start()
    try:
        ledger.save_application(SHOP, Placement(), actor="test")
        made = ledger.create_deployment(
            application="shop",
            component="order",
            cause=Cause.ARTIFACT,
            artifact="ab" * 32,
            release=None,
            actor="test",
            door="api",
        )
        assert ledger.claim(made.id, holder.id, lambda _: True)
        yield ledger, made.id
        ledger.advance(made.id, Phase.CANCELLED)
    finally:
        holder.stop()
        ledger.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
