"""What a swap does to how long answers take: percentiles of a steady load before, during and after, cold and warmed.

    .venv/bin/python -m benchmarks.through_swap [--rounds 3] [--write]

Starts a site of its own on a free port of loopback, with an engine. The program is the Spring Boot one that the tests
call by a registry, here without one. With --write the table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from datetime import datetime
from pathlib import Path

import docker

from benchmarks.bench import ROOT, write
from benchmarks.figures import table
from benchmarks.passing import CONNECTIONS, Passing, at_most
from scripts.made import made_bases
from tests.e2e.site import Application, LiveSite, free_port, running
from tests.registered_jars import built, caller

BEGIN, END = "<!-- through swap -->", "<!-- end of through swap -->"
BEFORE, AFTER, FIRST = 20.0, 40.0, 10.0
"""Seconds that are looked at before the push and after the switch, and those right behind the switch."""
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc: {{soak: 5s, drain: 1s, warm: [{warm}]}}
    environment: {{EUREKA_CLIENT_ENABLED: "false", PEER: nobody}}
    ports: ["127.0.0.1:{port}:8080"]
"""


def one_swap(site: LiveSite, app: Application, jar: Path) -> tuple[dict[str, list[float]], int]:
    """Push under load: how long answers took, by the span of time, and how many failed."""
    with Passing(app.port, "/version") as passing:
        time.sleep(BEFORE)
        pushed = time.perf_counter()
        deployment = app.push(jar)
        site.answered(deployment)
        told = site.get(f"/api/deployments/{deployment}/events")
        at = next(one["at"] for one in told if one["event"]["kind"] == "switched")
        switched = datetime.fromisoformat(at).timestamp() - time.time() + time.perf_counter()
        time.sleep(max(0.0, switched + AFTER - time.perf_counter()))
    spans = {
        f"{BEFORE:.0f} s before": passing.begun_between(pushed - BEFORE, pushed),
        "start to switch": passing.begun_between(pushed, switched),
        f"first {FIRST:.0f} s after": passing.begun_between(switched, switched + FIRST),
        f"{FIRST:.0f} to {AFTER:.0f} s after": passing.begun_between(switched + FIRST, switched + AFTER),
    }
    return spans, passing.failed


def measure(site: LiveSite, folder: Path, rounds: int) -> str:
    jar = built(ROOT / ".cache")["caller"]
    found: dict[tuple[str, str], list[float]] = {}
    failed, number = 0, 0
    for warm in ("", "/version"):
        app = Application(site, f"drain{uuid.uuid4().hex[:8]}", free_port())
        site.applications.append(app)
        text = COMPOSE.format(name=app.name, port=app.port, warm=warm)
        site.applied(text)
        site.ended(app.push(caller(jar, folder / "order.jar", "order", "0")))
        for _ in range(rounds):
            number += 1
            spans, lost = one_swap(site, app, caller(jar, folder / "order.jar", "order", str(number)))
            failed += lost
            for name, took in spans.items():
                found.setdefault((warm or "nothing", name), []).extend(took)
        site.forget(app)
    rows: list[tuple[str, ...]] = [("`warm:`", "span", "answers", "p50, ms", "p95, ms", "p99, ms", "p99 × before")]
    for (warm, name), took in found.items():
        took.sort()
        before = at_most(found[warm, f"{BEFORE:.0f} s before"], 0.99)
        parts = [f"{at_most(took, part):.1f}" for part in (0.5, 0.95, 0.99)]
        rows.append((warm, name, str(len(took)), *parts, f"{at_most(took, 0.99) / before:.1f}" if before > 0 else "-"))
    about = (
        f"{os.cpu_count()} cores, load of the machine {os.getloadavg()[1]:.1f}; {rounds} swaps each, "
        f"{CONNECTIONS} connections, {failed} requests failed."
    )
    return f"{about}\n\n{table(rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Percentiles of a steady load through a swap.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    chosen = parser.parse_args()
    bases, engine = made_bases(), docker.from_env()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        bases.get("jre", 17)
        gateway = bases.get("gateway").image.reference
        site = LiveSite(home, bases.into(home / "data"), engine, gateway)
        with running(site):
            text = measure(site, home, chosen.rounds)
    engine.close()
    print(text)
    if chosen.write:
        write(text, BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
