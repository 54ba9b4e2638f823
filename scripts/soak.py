"""Swaps one component again and again under mixed traffic; prints what was served, what failed, and what it took."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import docker

from buildsvc.model.deployment import Phase
from scripts.made import CACHE, made_bases
from tests.chaos.system import Struck, StruckSite, applied
from tests.chaos.traffic import Traffic
from tests.e2e.site import ROOT, running
from tests.waiting import until

PAGE = ROOT / "docs" / "operating.md"
BEGIN, END = "<!-- soak -->\n", "<!-- /soak -->"


@dataclass(frozen=True)
class Soaked:
    """`pushes` are the seconds from the push to the first answer of the new version; memory in bytes, of the site's
    own processes, after the first swap and after the last.
    """

    pushes: tuple[float, ...]
    served: dict[str, int]
    failed: dict[str, int]
    took: float
    memory: tuple[int, int]


def soak(struck: Struck, swaps: int, visits: int) -> Soaked:
    """Make so many swaps, evenly over so many visits. Raises AssertionError when one does not settle."""
    began, pushes, memory = time.monotonic(), [], []
    with Traffic(struck.ports, visitors=2, kept_alive=16, pause=0.002) as traffic:
        for number in range(1, swaps + 1):
            pushed = time.monotonic()
            version, deployment = struck.push()
            assert struck.site.answered(deployment).phase.serving
            pushes.append(time.monotonic() - pushed)
            assert struck.app.answer() == version
            assert struck.site.ended(deployment).phase is Phase.SETTLED
            memory.append(_memory(struck.site))
            until(partial(_have_come, traffic, visits * number // swaps), 3600)
            _say(f"{number:>4} swaps  {sum(traffic.served.values()):>8} served  {dict(traffic.failed)}")
        assert traffic.everybody_was_served_again()
    for error in traffic.errors:
        _say(error)
    took = time.monotonic() - began
    return Soaked(tuple(pushes), dict(traffic.served), dict(traffic.failed), took, (memory[0], memory[-1]))


def _have_come(traffic: Traffic, many: int) -> bool:
    return sum((traffic.served + traffic.failed).values()) >= many


def table(found: Soaked) -> str:
    """As Markdown."""
    rows = "".join(f"| {kind} | {many:,} | {found.failed.get(kind, 0)} |\n" for kind, many in found.served.items())
    whole = f"| all | {sum(found.served.values()):,} | {sum(found.failed.values())} |\n"
    first, last = (one / 1e6 for one in found.memory)
    pace = f"{median(found.pushes):.1f} s in the median, {max(found.pushes):.1f} s at most"
    return (
        f"{len(found.pushes)} swaps in {found.took / 60:.0f} minutes; from push to live {pace}.\n"
        f"Resident memory of the site: {first:.0f} MB after the first swap, {last:.0f} MB after the last.\n\n"
        f"| visits | served | failed |\n|---|---|---|\n{rows}{whole}"
    )


def write(text: str) -> None:
    """Put the figures where the page has them."""
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}", "utf-8")


def _memory(site: StruckSite) -> int:
    return sum(_resident(pid) for pid in site.pids())


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS")), 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Exit status 1 where a visit failed."""
    asked = argparse.ArgumentParser(prog="scripts/soak")
    asked.add_argument("--swaps", type=int, default=100)
    asked.add_argument("--visits", type=int, default=1_000_000)
    asked.add_argument("--write", action="store_true", help="put the figures into docs/operating.md")
    told = asked.parse_args()
    bases = made_bases()
    with tempfile.TemporaryDirectory(prefix="soak-") as name, closing(docker.from_env()) as client:
        folder = Path(name)
        image = bases.get("gateway").image.reference
        bases.get("jre", 17)
        with running(StruckSite(folder, bases.into(folder / "data"), client, image)) as site:
            found = soak(applied(site, CACHE), told.swaps, told.visits)
    _say(table(found))
    if told.write:
        write(table(found))
    return int(bool(sum(found.failed.values())))


if __name__ == "__main__":
    sys.exit(main())
