"""The slow round over everything that is kept: bounded in speed, interruptible, and it remembers where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.doors.checkup.examining import kept_bytes
from buildsvc.store.journal import Interrupted
from buildsvc.usecases.tend import patrol
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    return made


class Waits:
    """Counts what was waited; says to stop at the wait of that number."""

    def __init__(self, stop_at: int = 0) -> None:
        self.seconds: list[float] = []
        self.stop_at = stop_at

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return len(self.seconds) == self.stop_at


def test_a_round_reads_all_blobs_at_the_speed_that_is_set(bench: Bench) -> None:
    waits = Waits()
    patrol.patrol(bench.site, waits)
    found = patrol.last_round(bench.site.layout)
    assert found is not None
    assert (found.blobs, found.damaged) == (len(list(bench.site.layout)), ())
    assert found.ended is not None
    assert sum(waits.seconds) == pytest.approx(found.size / (4 << 20))
    assert kept_bytes(bench.site.layout).verdict == "ok"


def test_the_next_round_begins_a_day_later(bench: Bench) -> None:
    patrol.patrol(bench.site, Waits())
    waits = Waits()
    bench.clock.forward(23 * 3600)
    patrol.patrol(bench.site, waits)
    assert waits.seconds == []
    bench.clock.forward(3600)
    patrol.patrol(bench.site, waits)
    assert waits.seconds != []


def test_a_round_that_was_interrupted_goes_on_where_it_was(bench: Bench) -> None:
    with pytest.raises(Interrupted):
        patrol.patrol(bench.site, Waits(stop_at=4))
    waits = Waits()
    patrol.patrol(bench.site, waits)
    found = patrol.last_round(bench.site.layout)
    assert found is not None
    assert found.blobs == len(list(bench.site.layout))
    assert len(waits.seconds) == found.blobs - 3


def test_what_it_finds_is_told_by_doctor_with_a_remedy(bench: Bench) -> None:
    path = bench.site.artifacts.path(bench.ledger.releases("shop", "order")[0].artifact)
    path.chmod(0o644)
    path.write_bytes(b"x" * path.stat().st_size)
    patrol.patrol(bench.site, Waits())
    finding = kept_bytes(bench.site.layout)
    assert (finding.verdict, finding.subject) == ("bad", "kept bytes")
    assert f"artifact sha256:{path.name[:12]}" in finding.text
    assert "buildsvc verify" in finding.remedy
