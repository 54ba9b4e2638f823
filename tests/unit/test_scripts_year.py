"""What a year of pushes leaves is put into the page as a table, and nothing else of the page is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import year
from tests.passing_time import Weighed


def test_the_figures_stand_between_the_marks_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "operating.md"
    page.write_text(year.PAGE.read_text("utf-8"), "utf-8")
    before, _, rest = page.read_text("utf-8").partition(year.BEGIN)
    monkeypatch.setattr(year, "PAGE", page)
    days = [Weighed(day, 100 + day, 1_000_000 * day, 0, 41, 2_000_000) for day in range(1, year.YEAR + 1)]
    for _ in range(2):
        year.write(year.table(days))
    written = page.read_text("utf-8")
    assert written.startswith(before)
    assert written.endswith(rest.partition(year.END)[2])
    assert written.count("| 35.0 MB | 135 | 41 | 2 MB |") == 1
    assert "| a year, 7,300 pushes | 365.0 MB |" in written
