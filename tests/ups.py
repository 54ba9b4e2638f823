"""`buildsvc up` as a test runs it: its real processes on a free port of loopback, without an engine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
