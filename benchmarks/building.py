"""(1) rebuild after a change in one class and (2) first build: jar on disk -> image present in the engine."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from benchmarks.figures import Figure, ratio
from benchmarks.jars import with_one_class_changed
from benchmarks.ours import Ours
from benchmarks.peers import DockerBuild, Jib, compiled_jib

JAVA = 17


def measure(jar: Path, cache: Path, folder: Path, *, firsts: int, rebuilds: int) -> tuple[list[tuple[str, ...]], str]:
    """Rows of the table, and what Maven needs to start, as a sentence."""
    ours = Ours(cache, folder / "ours")
    base = ours.base(JAVA).reference
    class_path, maven_seconds = compiled_jib(folder / "jib", folder / "m2")
    fresh = Jib("Jib, in a Java process of its own", class_path, base, folder / "jib-fresh", warm=False)
    warm = Jib("Jib, in one that has built before", class_path, base, folder / "jib-warm", warm=True)
    peers = (DockerBuild(base, folder / "docker", jar), fresh, warm)
    try:
        for one in (fresh, warm):
            # Not counted: it takes the base image out of the engine once, and a first build has a warm base.
            one.build(jar, first=True)
        first = _rounds(jar, folder, ours, peers, count=firsts, start=1, first=True)
        again = _rounds(jar, folder, ours, peers, count=rebuilds, start=1 + firsts, first=False)
        return _rows(again, first), f"Maven's own start, compiling Jib's driver included: {maven_seconds:.1f} s."
    finally:
        ours.forget()
        for peer in peers:
            peer.forget()
            peer.close()


def _rounds(
    jar: Path, folder: Path, ours: Ours, peers: tuple[DockerBuild | Jib, ...], *, count: int, start: int, first: bool
) -> dict[str, Figure]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for number in range(count):
        changed = with_one_class_changed(jar, folder / "changed.jar", start + number)
        for builder in (ours, *peers):
            if first:
                builder.forget()
            # The jar is on the disk, and nobody pays for what another one wrote.
            os.sync()
            seconds[builder.name].append(builder.build(changed, first=first))
        if not first:
            os.sync()
            seconds["floor"].append(ours.floor(changed))
        print(
            f"  {'first' if first else 'rebuild'} {number + 1}:",
            {k: round(v[-1], 2) for k, v in seconds.items()},
            flush=True,
        )
    return {name: Figure(tuple(rounds)) for name, rounds in seconds.items()}


def _rows(again: dict[str, Figure], first: dict[str, Figure]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("jar on disk → image in the engine", "first build, s", "× ours", "rebuild, s", "× ours")
    ]
    rows += [
        (
            name,
            str(first[name]),
            str(ratio(first["buildsvc"], first[name])),
            str(again[name]),
            str(ratio(again["buildsvc"], again[name])),
        )
        for name in first
    ]
    rows.append(
        ("floor: hash + one sparse load", "–", "–", str(again["floor"]), str(ratio(again["buildsvc"], again["floor"])))
    )
    return rows
