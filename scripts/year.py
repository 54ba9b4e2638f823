"""Lives through a year of pushes with a moved clock, prints what the site holds, and asserts the stated bound.

`--write` puts the figures into docs/operating.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.made import ROOT
from tests.passing_time import A_DAY_PUSHES, A_WEEK, PassingTime, Weighed, stays_under_the_bound

YEAR = 365
SHOWN = (5 * A_WEEK, 13 * A_WEEK, 21 * A_WEEK, 33 * A_WEEK, YEAR)
"""Days that the table has: the site stops growing in the week after the twentieth version."""
PAGE = ROOT / "docs" / "operating.md"
BEGIN, END = "<!-- year -->\n", "<!-- end of year -->\n"


def live(days: int) -> list[Weighed]:
    """Push twenty times a day for so many days, with a line for every four weeks and the last day."""
    weighed: list[Weighed] = []
    with tempfile.TemporaryDirectory(prefix="buildsvc-year-") as folder:
        time = PassingTime(Path(folder) / "data")
        _say(" day      blobs  files images  ledger")
        for one in time.live(days):
            weighed.append(one)
            if one.day % (4 * A_WEEK) == A_WEEK or one.day == days:
                held = f"{one.blobs / 1e6:>7.1f} MB {one.files:>6} {one.images:>5} {one.ledger / 1e6:>6.1f} MB"
                _say(f"{one.day:>4} {held}")
        stays_under_the_bound(time, weighed)
    _say("the bound holds, and every byte is what it says")
    return weighed


def table(weighed: Sequence[Weighed]) -> str:
    """As Markdown."""
    rows = "".join(_row(one) for one in weighed if one.day in SHOWN)
    head = "| after | jars' files | files of the site | images in the engine | ledger |"
    return f"\n{head}\n|---|---|---|---|---|\n{rows}\n"


def write(text: str) -> None:
    """Put the table where the page has it."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}", "utf-8")


def _row(one: Weighed) -> str:
    after = "a year" if one.day == YEAR else f"{one.day // A_WEEK} weeks"
    held = f"{one.blobs / 1e6:.1f} MB | {one.files} | {one.images} | {one.ledger / 1e6:.0f} MB"
    return f"| {after}, {one.day * A_DAY_PUSHES:,} pushes | {held} |\n"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    lived = live(YEAR)
    if "--write" in sys.argv[1:]:
        write(table(lived))
