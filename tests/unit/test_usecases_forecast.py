"""When the disk will be full, by what was free in the last two weeks."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.doors.checkup.disk_room import disk_filling
from buildsvc.usecases.tend.forecast import FACT, forecast, sample
from tests.workshops import Bench

GIB = 1 << 30
SIX_HOURS = 6 * 3600.0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def test_before_a_day_has_passed_nothing_is_foretold(bench: Bench) -> None:
    assert forecast(bench.site) is None
    for free in (100, 90, 80):
        sample(bench.site, free * GIB)
        bench.clock.forward(SIX_HOURS)
    assert forecast(bench.site) is None


def test_two_gib_a_day_of_eighty_last_forty_days(bench: Bench) -> None:
    for hour in range(0, 10 * 24 + 1, 6):
        sample(bench.site, int((100 - hour / 12) * GIB))
        bench.clock.forward(SIX_HOURS)
    found = forecast(bench.site)
    assert found is not None
    assert (found.free, round(found.grows / GIB, 3)) == (80 * GIB, 2.0)
    assert found.full_in == pytest.approx(40)


def test_a_file_that_came_and_went_is_no_trend(bench: Bench) -> None:
    for number in range(30):
        sample(bench.site, (20 if number in {10, 11} else 100) * GIB)
        bench.clock.forward(SIX_HOURS)
    found = forecast(bench.site)
    assert found is not None
    assert (found.grows, found.full_in) == (0.0, None)


def test_it_is_written_down_every_six_hours_and_forgotten_after_two_weeks(bench: Bench) -> None:
    for _ in range(24 * 40):
        sample(bench.site, 100 * GIB)
        bench.clock.forward(3600)
    assert len(bench.ledger.recall(FACT)) == 14 * 4 + 1


def test_keepers_are_told_when_it_is_full_within_a_week(bench: Bench) -> None:
    for day in range(3):
        sample(bench.site, (30 - 10 * day) * GIB + GIB)
        bench.clock.forward(24 * 3600)
    assert bench.ledger.notices() == {"disk": 2}


def test_doctor_says_when_the_disk_is_full_and_what_to_do(bench: Bench) -> None:
    assert list(disk_filling(bench.settings)) == []
    for day in range(5):
        sample(bench.site, (50 - 2 * day) * GIB)
        bench.clock.forward(24 * 3600)
    (found,) = disk_filling(bench.settings)
    assert (found.verdict, found.text) == ("warn", "full in 21 days, at the pace of the last two weeks (2.1 GB a day)")
    assert "buildsvc prune --dry-run" in found.remedy
