"""`scripts/bench --bundle`: a bundle beside `docker save | docker load` and beside unpacking twice, and upgrades of
two components and of thirty.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import carrying, whole
from benchmarks.carrying import Maker, Taken, Written
from benchmarks.figures import Figure, table
from benchmarks.peers import run

MARKS = ("<!-- bundle -->", "<!-- end of bundle -->")
MEGABYTES = 800
"""Of the image component: with the jar's image the bundle is then some 1.1 GB."""
ROUNDS = 3
"""Imports that are counted, each beside a copy."""
MB = 1e6


@dataclass(frozen=True)
class Carriage:
    """What was measured of one bundle, whole, and of the next version's, which is differential."""

    first: Written
    again: Written
    came: tuple[Taken, ...]
    twice: Taken
    raw: tuple[float, ...]
    unpacked: Taken
    saved: float
    loaded: Taken
    small: Written
    upgrade: Taken

    @property
    def size(self) -> int:
        """Bytes of the whole bundle."""
        return self.first.path.stat().st_size


def measure(jar: Path, cache: Path, folder: Path, *, components: tuple[int, ...]) -> list[str]:
    """The tables, and before them on what they were measured."""
    load = os.getloadavg()[0]
    found = _carried(jar, cache, folder)
    rows = whole.measure(cache, folder, components)
    head = (
        f"{jar.name} and an image of {MEGABYTES} MiB that cannot be compressed: a bundle of {found.size / MB:.0f} MB; "
    )
    told = f"{head}{os.cpu_count()} cores, a load of {load:.1f} before and {os.getloadavg()[0]:.1f} after."
    return [told, table(_imports(found)), table(_others(found)), table(rows)]


def _carried(jar: Path, cache: Path, folder: Path) -> Carriage:
    maker = Maker(cache, folder / "home", MEGABYTES)
    maker.version("1.0.0", jar)
    first = maker.written("1.0.0", folder / "whole.bundle")
    again = maker.written("1.0.0", folder / "whole.bundle")
    came, raw = [], []
    for number in range(ROUNDS):
        data = folder / f"away-{number}"
        data.mkdir()
        came.append(carrying.taken(first.path, data))
        raw.append(carrying.copied(first.path, folder / "raw"))
        if number < ROUNDS - 1:
            shutil.rmtree(data)
    twice = carrying.taken(first.path, data)
    unpacked = carrying.unpacked_twice(first.path, folder / "unpacking")
    saved, loaded = _docker(first.path, folder)
    maker.version("1.0.1", carrying.changed(jar, folder, 1))
    small = maker.written("1.0.1", folder / "small.bundle", carrying.offered(data))
    upgrade = carrying.taken(small.path, data)
    shutil.rmtree(data)
    return Carriage(first, again, tuple(came), twice, tuple(raw), unpacked, saved, loaded, small, upgrade)


def _imports(found: Carriage) -> list[tuple[str, ...]]:
    raw = Figure(found.raw)

    def row(name: str, seconds: Figure, peak: int = 0, memory: int = 0) -> tuple[str, ...]:
        rounds = zip(seconds.rounds, found.raw, strict=False)
        beside = ", ".join(f"{copy / took:.0%}" for took, copy in rounds)
        disk = f"{peak / found.size:.2f}" if peak else "–"
        rate = f"{found.size / MB / seconds.median:.0f}"
        return name, str(seconds), rate, beside, disk, f"{memory / MB:.0f}" if memory else "–"

    ours = Figure(tuple(one.seconds for one in found.came))
    peak, memory = max(one.peak for one in found.came), max(one.memory for one in found.came)
    return [
        (
            "the same bytes taken in",
            "s",
            "MB/s",
            "of raw disk (≥ 70%)",
            "peak disk / bytes (≤ 1.2)",
            "memory, MB (≤ 64)",
        ),
        row("buildsvc import", ours, peak, memory),
        row("a plain copy, on the disk at its end", raw, found.size),
        row("unpacked, then copied into a store", Figure((found.unpacked.seconds,)), found.unpacked.peak),
        row("docker load", Figure((found.loaded.seconds,))),
    ]


def _others(found: Carriage) -> list[tuple[str, ...]]:
    first, small, little = found.first, found.small, found.small.path.stat().st_size
    layers = carrying.new_bytes(first.bundle, small.bundle)
    bills = {one.document for one in small.bundle.bills}
    told = sum(one.size for one in small.bundle.blobs if one.digest in bills)
    return [
        ("what", "figure"),
        ("export, images and bills made: s, then writing the file: s", f"{first.exporting:.1f}; {first.writing:.1f}"),
        ("the same export again", f"{found.again.exporting:.1f}; {found.again.writing:.1f}"),
        ("docker save of the same images: s", f"{found.saved:.1f}"),
        (
            "the same bundle imported again: s, of disk at its peak: MB",
            f"{found.twice.seconds:.1f}; {found.twice.peak / MB:.1f}",
        ),
        ("whole bundle / bytes of its blobs (≤ 1.05)", f"{found.size / first.bundle.size:.4f}"),
        ("one class changed, against the have-list: kB", f"{little / 1e3:.0f}"),
        ("of that, layers that differ: kB (file / these)", f"{layers / 1e3:.0f} ({little / max(1, layers):.2f})"),
        ("of that, bills of materials: kB", f"{told / 1e3:.1f}"),
        (
            "its import: s; disk at its peak / bytes of the file",
            f"{found.upgrade.seconds:.1f}; {found.upgrade.peak / little:.1f}",
        ),
    ]


def _docker(bundle: Path, folder: Path) -> tuple[float, Taken]:
    """Seconds of `docker save`, and `docker load` of what it wrote, whose images are not there yet."""
    references = [line.partition(": ")[2] for line in run(["docker", "load", "-i", str(bundle)]).splitlines()]
    saved = folder / "saved.tar"
    try:
        began = time.perf_counter()
        run(["docker", "save", "-o", str(saved), *references])
        saving = time.perf_counter() - began
        run(["docker", "rmi", *references])
        subprocess.run(["sync"], check=True)
        began = time.perf_counter()
        run(["docker", "load", "-i", str(saved)])
        loading = time.perf_counter() - began
    finally:
        saved.unlink(missing_ok=True)
        subprocess.run(["docker", "rmi", *references], check=False, capture_output=True)
    return saving, Taken(loading, 0, 0, 0)
