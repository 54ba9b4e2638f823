"""Whole applications of two and of thirty components: installed, upgraded and rolled back as one, on a real engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks import stand_ins
from benchmarks.by_hand import Answering
from benchmarks.service import APPLICATION, Service, remove_images
from benchmarks.watching import most
from tests.programs import Programs, compiled
from tests.workshops import Bench

VERSIONS = ("1.0.0", "1.1.0")
COMPONENT = """\
  c{number}:
    x-buildsvc: {{soak: 5s, drain: 2s, health: /health}}
    expose: ["8080"]
    environment:
      JAVA_OPTS: "-Xmx24m -Xss256k -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=16m"
"""
LOOKS = 1.0
"""Seconds between two looks at the memory of the service's processes."""


def measure(cache: Path, folder: Path, counts: tuple[int, ...]) -> list[tuple[str, ...]]:
    """Rows: seconds of each change of all components, and the memory of the service meanwhile."""
    rows: list[tuple[str, ...]] = [
        ("components, all of them replaced", "install, s", "upgrade, s", "rollback, s", "service at its most, MB")
    ]
    for count in counts:
        place = folder / f"whole-{count}"
        place.mkdir()
        bundles = _bundles(cache, place, count)
        rows.append((str(count), *_changed(cache, place, count, bundles)))
        print(f"  whole, {count}: {rows[-1][1:]}", flush=True)
    return rows


def _bundles(cache: Path, folder: Path, count: int) -> list[Path]:
    """Two versions of an application of so many small programs, whose jars differ; made without an engine."""
    bench = Bench(folder / "home", java=None)
    stand_ins.with_bases(cache, bench)
    (folder / "jars").mkdir()
    programs = Programs(folder / "jars", compiled(cache))
    parts = "".join(COMPONENT.format(number=number) for number in range(count))
    bench.apply(f"name: {APPLICATION}\nservices:\n{parts}")
    found = []
    for version in VERSIONS:
        for number in range(count):
            jar = programs.jar(f"{version}.{number}", name=f"c{number}")
            stand_ins.push(bench, APPLICATION, f"c{number}", jar)
        stand_ins.keep(bench, APPLICATION, version)
        found.append(folder / f"{version}.bundle")
        stand_ins.write(bench, stand_ins.exported(bench, APPLICATION, version), found[-1])
    return found


def _changed(cache: Path, folder: Path, count: int, bundles: list[Path]) -> tuple[str, ...]:
    service = Service(cache, folder, Answering(8080, "/health"))
    try:
        for bundle in bundles:
            _called(service, "import", str(bundle))
        with most(partial(_memory, service), LOOKS) as memory:
            took = [
                _called(service, "install", f"{APPLICATION}@{VERSIONS[0]}"),
                _called(service, "upgrade", APPLICATION, "--to", VERSIONS[1]),
                _called(service, "rollback", APPLICATION, "--to", VERSIONS[0]),
            ]
    finally:
        service.close()
        for number in range(count):
            remove_images(f"c{number}")
    return (*(f"{one:.1f}" for one in took), f"{memory[0]:.0f}")


def _called(service: Service, *arguments: str) -> float:
    """Seconds of a command of the laptop, until it says that it is done."""
    command = [sys.executable, "-m", "buildsvc.doors.cli.main", *arguments, "--json"]
    environment = {**os.environ, "BUILDSVC_URL": service.url, "BUILDSVC_TOKEN": service.token}
    began = time.perf_counter()
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return time.perf_counter() - began


def _memory(service: Service) -> float:
    """PSS in MB of all processes of the service; 0 where one of them is just ending."""
    try:
        return sum(service.processes().values())
    except (OSError, KeyError):
        return 0.0
