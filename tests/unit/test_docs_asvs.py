"""The table of ASVS names each point of level 2 once, and no other."""

from __future__ import annotations

import re
from collections import Counter

from tests.e2e.site import ROOT

LAST = {
    1: {1: 7, 2: 4, 4: 5, 5: 4, 6: 4, 7: 2, 8: 2, 9: 2, 10: 1, 11: 2, 12: 2, 14: 6},
    2: {1: 12, 2: 3, 3: 3, 4: 6, 5: 7, 6: 3, 7: 6, 8: 7, 9: 3, 10: 4},
    3: {1: 1, 2: 4, 3: 4, 4: 5, 5: 3, 7: 1},
    4: {1: 5, 2: 2, 3: 3},
    5: {1: 5, 2: 8, 3: 10, 4: 3, 5: 4},
    6: {1: 3, 2: 6, 3: 2, 4: 2},
    7: {1: 4, 2: 2, 3: 4, 4: 3},
    8: {1: 4, 2: 3, 3: 8},
    9: {1: 3, 2: 4},
    10: {2: 2, 3: 3},
    11: {1: 8},
    12: {1: 3, 2: 1, 3: 6, 4: 2, 5: 2, 6: 1},
    13: {1: 5, 2: 6, 3: 2, 4: 2},
    14: {1: 4, 2: 6, 3: 3, 4: 7, 5: 4},
}
"""The last point of each section of ASVS 4.0.3 that level 2 has."""
GONE = {(1, 4, 2), (1, 4, 3), (1, 12, 1), (4, 1, 4), (7, 3, 2), (13, 1, 2), (13, 2, 4), (14, 3, 1)}
"""Points that 4.0.3 has struck out."""
Point = tuple[int, int, int]


def points() -> set[Point]:
    every = {(c, s, n) for c, sections in LAST.items() for s, last in sections.items() for n in range(1, last + 1)}
    return every - GONE


def named(cell: str) -> list[Point]:
    """`3.1.1, 3.2.1 to 3.2.4`, point by point."""
    found: list[Point] = []
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        chapter, section, number = map(int, first.split("."))
        until = int(last.split(".")[2]) if last else number
        found += [(chapter, section, one) for one in range(number, until + 1)]
    return found


def test_each_point_of_level_2_is_judged_once() -> None:
    rows = re.findall(
        r"^\| ([0-9., to]+) \| (yes|partly|no|–) \| \S", (ROOT / "docs" / "asvs.md").read_text(), re.MULTILINE
    )
    counted = Counter(point for cell, _ in rows for point in named(cell))
    assert {point: counted[point] for point in points() | set(counted)} == dict.fromkeys(points(), 1)
