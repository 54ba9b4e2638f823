"""Lives through a year of pushes with a moved clock, prints what the site holds, and asserts the stated bound."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.passing_time import A_WEEK, PassingTime, Weighed, stays_under_the_bound

SHOWN = 4 * A_WEEK


def _told(one: Weighed) -> None:
    sys.stdout.write(
        f"{one.day:>4} {one.blobs / 1e6:>7.1f} MB {one.files:>6} {one.images:>5} {one.ledger / 1e6:>6.1f} MB\n"
    )
    sys.stdout.flush()


def main(days: int) -> None:
    """Push twenty times a day for so many days, with a line for every four weeks and the last day."""
    with tempfile.TemporaryDirectory(prefix="buildsvc-year-") as folder:
        time = PassingTime(Path(folder) / "data")
        sys.stdout.write(" day      blobs  files images  ledger\n")
        weighed: list[Weighed] = []
        for one in time.live(days):
            weighed.append(one)
            if one.day % SHOWN == A_WEEK or one.day == days:
                _told(one)
        stays_under_the_bound(time, weighed)
    sys.stdout.write("the bound holds, and every byte is what it says\n")


if __name__ == "__main__":
    main(365)
