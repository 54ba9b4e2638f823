"""Whole applications of two and of thirty components: installed, upgraded and rolled back as one, on a real engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from benchmarks.by_hand import Answering
from benchmarks.carrying import with_bases
from benchmarks.peers import run
from benchmarks.service import APPLICATION, Service
from buildsvc.model.version_events import BundleReady
from buildsvc.store.bundle import writing
from buildsvc.store.bundle.sections import bundle_of
from buildsvc.usecases.versions import create, export
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
    with_bases(cache, bench)
    (folder / "jars").mkdir()
    programs = Programs(folder / "jars", compiled(cache))
    parts = "".join(COMPONENT.format(number=number) for number in range(count))
    bench.apply(f"name: {APPLICATION}\nservices:\n{parts}")
    found = []
    for version in VERSIONS:
        for number in range(count):
            jar = programs.jar(f"{version}.{number}", name=f"c{number}")
            done = bench.run(
                bench.push(
                    data=jar.read_bytes(),
                    filename=jar.name,
                    application=APPLICATION,
                    component=f"c{number}",
                    force=True,
                )
            )
            if not done.phase.serving:
                raise RuntimeError(f"the push ended as {done.phase}: {done.error_message}")
        bench.run(create.submit(bench.site, APPLICATION, name=version, note="", actor="bench", door="cli"))
        found.append(_exported(bench, version, folder / f"{version}.bundle"))
    return found


def _exported(bench: Bench, version: str, path: Path) -> Path:
    done = bench.run(export.submit(bench.site, APPLICATION, version, platforms=(), have=(), actor="bench", door="cli"))
    ready = next(one.event for one in bench.ledger.events(done.id) if isinstance(one.event, BundleReady))
    document = bench.site.layout.read(ready.document)
    with path.open("wb") as file:
        for data in writing.write(bench.site.layout, document, bundle_of(document), {}):
            file.write(data)
    return path


def _changed(cache: Path, folder: Path, count: int, bundles: list[Path]) -> tuple[str, ...]:
    service = Service(cache, folder, Answering(8080, "/health"))
    try:
        for bundle in bundles:
            _called(service, "import", str(bundle))
        with _most(service) as most:
            took = [
                _called(service, "install", f"{APPLICATION}@{VERSIONS[0]}"),
                _called(service, "upgrade", APPLICATION, "--to", VERSIONS[1]),
                _called(service, "rollback", APPLICATION, "--to", VERSIONS[0]),
            ]
    finally:
        service.close()
        _take_away(count)
    return (*(f"{one:.1f}" for one in took), f"{most[0]:.0f}")


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


@contextmanager
def _most(service: Service) -> Iterator[list[float]]:
    """The most memory (MB, PSS) of all processes of the service meanwhile, in the first element."""
    found, ended = [0.0], Event()

    def look() -> None:
        while not ended.wait(LOOKS):
            try:
                found[0] = max(found[0], sum(service.processes().values()))
            except (OSError, KeyError):
                continue

    looking = Thread(target=look, daemon=True)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()


def _take_away(count: int) -> None:
    """Remove the images that were made of it."""
    form = "{{.Repository}}:{{.Tag}}"
    for number in range(count):
        made = run(["docker", "images", "--format", form, f"buildsvc/{APPLICATION}-c{number}"]).split()
        if made:
            run(["docker", "rmi", *made])
