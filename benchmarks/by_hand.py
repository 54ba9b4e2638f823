"""A jar as somebody starts it by hand: `java -jar` in a container of a base image, and where it answers then."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.peers import run
from benchmarks.waiting import free_port, until
from buildsvc.engines.health import listening

PATHS = ("/actuator/health", "/health", "/")
"""Asked of every open port, the best first; `/` counts with anything below 500."""
SECONDS = 120.0
"""What a program may take until it answers; it is said then which ports it has opened."""
CALM = 3.0
"""Seconds that nothing else opens before a port that only answers at `/` is believed."""


@dataclass(frozen=True)
class Answering:
    """Where a program answers healthy."""

    port: int
    path: str


@contextmanager
def _started(jar: Path, base: str, *publish: str) -> Iterator[tuple[str, float]]:
    """Give a container's name and when it was started (`perf_counter`); it is gone afterwards."""
    name = f"buildsvc-benchmark-{os.getpid()}"
    run(["docker", "create", "--name", name, *publish, base, "java", "-jar", "/tmp/app.jar"])
    try:
        run(["docker", "cp", str(jar), f"{name}:/tmp/app.jar"])
        began = time.perf_counter()
        run(["docker", "start", name])
        yield name, began
    finally:
        run(["docker", "rm", "-f", name])


def java_jar(jar: Path, base: str, answering: Answering) -> float:
    """Seconds until the jar, started by hand with `java -jar`, answers healthy."""
    port = free_port()
    with _started(jar, base, "-p", f"127.0.0.1:{port}:{answering.port}") as (_, began):
        until(lambda: answers(port, answering.path), every=0.02)
        return time.perf_counter() - began


def answers(port: int, path: str) -> bool:
    """Whether a program on loopback says that it is well."""
    answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=5)
    return answer.ok if path != "/" else answer.status_code < 500


def find(jar: Path, base: str) -> Answering:
    """Start the jar once and look where it answers. Raises RuntimeError, with what it wrote or which ports are open."""
    with _started(jar, base) as (name, began):
        address = run(["docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name])
        ports: frozenset[int] = frozenset()
        since = began
        while time.perf_counter() - began < SECONDS:
            time.sleep(0.5)
            opened = _opened(name)
            if opened != ports:
                ports, since = opened, time.perf_counter()
            found = _best(address.strip(), ports)
            if found and (found.path != "/" or time.perf_counter() - since > CALM):
                return found
    raise RuntimeError(f"{jar.name} does not answer within {SECONDS:.0f} s; its open ports: {sorted(ports) or 'none'}")


def _opened(name: str) -> frozenset[int]:
    done = subprocess.run(
        ["docker", "exec", name, "cat", "/proc/net/tcp", "/proc/net/tcp6"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the program ended:\n{run(['docker', 'logs', '--tail', '40', name])}")
    return listening(done.stdout)[0]


def _best(address: str, ports: frozenset[int]) -> Answering | None:
    for path in PATHS:
        for port in sorted(ports):
            try:
                answer = requests.get(f"http://{address}:{port}{path}", timeout=5, allow_redirects=False)
            except requests.RequestException:
                continue
            is_page = path != "/" and re.match(r"\s*<", answer.text) is not None
            if (answer.ok and not is_page) or (path == "/" and answer.status_code < 500):
                return Answering(port, path)
    return None
