"""What a swap costs those who use the application, and the way back: requests through a push, undo beside rollback."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.jars import with_one_class_changed
from benchmarks.passing import Passing
from benchmarks.service import Service

STRETCH = 10.0
"""Seconds that are looked at before a push, and again behind its switch."""
SHOWN = (
    ("received", "uploaded"),
    ("analysed", "analysed"),
    ("built", "image built"),
    ("loaded", "image loaded"),
    ("started", "container started"),
    ("healthy", "program healthy"),
    ("switched", "switched"),
    ("live", "recorded as live"),
)


def through_a_push(jar: Path, service: Service, folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Rows: p50 and p99 of requests before a push, while the new version starts, and behind the switch."""
    service.apply(cds=True)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    failed = asked = 0
    for number in range(rounds):
        changed = with_one_class_changed(jar, folder / "pushed.jar", 50 + number)
        with Passing(service.port, service.answering.path) as passing:
            time.sleep(STRETCH)
            pushed = time.perf_counter()
            service.push(changed)
            live = time.perf_counter()
            time.sleep(STRETCH)
        stretches = {
            "before": (pushed - STRETCH, pushed),
            "while the new version starts": (pushed, live),
            "behind the switch": (live, live + STRETCH),
        }
        for name, (since, until) in stretches.items():
            found[name, "50"].append(passing.percentile(0.5, since, until))
            found[name, "99"].append(passing.percentile(0.99, since, until))
        failed, asked = failed + passing.failed, asked + len(passing.took)
        print(f"  through a push: {asked} requests, {failed} failed", flush=True)
    rows = [("requests through a push, ms", "p50", "p99")]
    rows += [(name, _told(found[name, "50"]), _told(found[name, "99"])) for name in stretches]
    return [*rows, (f"failed, of {asked}", str(failed), "")]


def back(jar: Path, service: Service, folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Rows: `undo` while the former instance stands there, and a rollback that has to start it."""
    service.apply(cds=True, soak="300s")
    service.push(with_one_class_changed(jar, folder / "pushed.jar", 70))
    service.push(with_one_class_changed(jar, folder / "pushed.jar", 71))
    undone = [service.back("undo") for _ in range(rounds)]
    thawed = _thawed(jar, service, folder, rounds)
    service.apply(cds=True)
    service.push(with_one_class_changed(jar, folder / "pushed.jar", 72))
    again = [service.back("rollback") for _ in range(rounds)]
    print(f"  undo {undone}, of a frozen one {thawed}, rollback {again}", flush=True)
    return [
        ("back to the former version, until it serves", "s"),
        ("undo, the former instance stands there", _told(undone)),
        ("undo, the former instance is frozen", _told(thawed) if thawed else "it may not be: what it carries"),
        ("rollback, it has to start", _told(again)),
    ]


def _thawed(jar: Path, service: Service, folder: Path, rounds: int) -> list[float]:
    """Seconds of undos that thaw; none where the jar carries what must not be frozen."""
    service.apply(cds=True, soak="2s", keep="{paused: 1h}")
    for number in (73, 74):
        service.push(with_one_class_changed(jar, folder / "pushed.jar", number))
    return [service.back("undo") for _ in range(rounds) if service.frozen()]


def stages(service: Service) -> list[tuple[str, ...]]:
    """Rows: where the time of the last push went, as the service tells of it."""
    told = service.call("GET", f"deployments/{service.latest}/timing").json()
    took = {one["stage"]: one["seconds"] for one in told["stages"] if one["seconds"] is not None}
    return [("the last push, step by step", "s"), *((name, f"{took[key]:.2f}") for key, name in SHOWN if key in took)]


def _told(rounds: list[float]) -> str:
    return str(Figure(tuple(rounds)))
