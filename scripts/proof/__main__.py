"""`python -m scripts.proof`: called by scripts/artifacts."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from buildsvc.engines.docker.engine_client import EngineClient
from scripts.made import CACHE, made_bases
from scripts.maven import NotFetched
from scripts.proof import running, table
from scripts.proof.building import Bench, prove
from scripts.proof.fetching import digest, fetch
from scripts.proof.listing import Artifact, BadList, on, read, unknown
from scripts.proof.outcome import Outcome


def main() -> int:
    """0 when everything was as expected, 1 when something was not, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="scripts/artifacts", description="Build and run real artifacts of others.")
    parser.add_argument("names", nargs="*", help="entries of scripts/artifacts.toml, or families; all otherwise")
    parser.add_argument("--ci", action="store_true", help="only those that CI runs, one of each family")
    parser.add_argument(
        "--unknown", type=Path, metavar="FILE", help="sources, one a line, of which nothing is expected"
    )
    parser.add_argument("--write", action="store_true", help="put these rows into docs/artifacts.md")
    parser.add_argument("--digests", action="store_true", help="only fetch, and print name and SHA-256")
    chosen = parser.parse_args()
    try:
        artifacts = _chosen(chosen.names, ci=chosen.ci, file=chosen.unknown)
        if chosen.digests:
            for artifact in artifacts:
                print(artifact.name, digest(fetch(artifact, CACHE)), flush=True)
            return 0
    except (BadList, NotFetched) as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    outcomes = list(_all(artifacts))
    print(f"\n{table.markdown(outcomes)}")
    if chosen.write:
        table.write(outcomes, [one.name for one in read()])
    return 0 if all(outcome.well for outcome in outcomes) else 1


def _chosen(names: list[str], *, ci: bool, file: Path | None) -> Iterable[Artifact]:
    if file is not None:
        lines = [line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
        return [unknown(line) for line in lines if line]
    found = [one for one in on(made_bases().platform.architecture, read()) if one.ci or not ci]
    if not names:
        return found
    absent = set(names) - {word for one in found for word in (one.name, one.family)}
    if absent:
        raise BadList(f"no entry and no family of scripts/artifacts.toml: {', '.join(sorted(absent))}")
    return [one for one in found if {one.name, one.family} & set(names)]


def _all(artifacts: Iterable[Artifact]) -> Iterator[Outcome]:
    bench = Bench(made_bases(), EngineClient())
    bench.prepare()
    try:
        with running.network(bench.client, CACHE):
            for artifact in artifacts:
                yield _one(bench, artifact)
    finally:
        bench.clear()
        bench.client.close()


def _one(bench: Bench, artifact: Artifact) -> Outcome:
    try:
        outcome = prove(bench, artifact, fetch(artifact, CACHE))
    except NotFetched as error:
        outcome = Outcome(artifact, 0, said=str(error), faults=("not fetched",))
    _show(outcome)
    return outcome


def _show(outcome: Outcome) -> None:
    mark = "ok  " if outcome.well else "FAIL"
    build, run = outcome.build, outcome.run
    facts = f"{build.kind}, Java {build.java}/{build.base}, {build.seconds:.1f} s" if build else outcome.said
    print(f"{mark} {outcome.artifact.name}: {table.happened(outcome)} ({facts})", flush=True)
    for warning in build.warnings if build else ():
        print(f"       warning: {warning}", flush=True)
    for fault in outcome.faults:
        print(f"       {fault}", flush=True)
    if run is not None and not outcome.faults and outcome.artifact.source and not run.met:
        last = [line for line in run.tail if line.strip()][-4:]
        for line in last if not (outcome.artifact.ending or os.environ.get("QUIET")) else ():
            print(f"       | {line[:200]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
