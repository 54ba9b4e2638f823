"""A site that is pushed to twenty times a day stays under a bound; weeks of it are in tests/integration."""

from __future__ import annotations

from pathlib import Path

from buildsvc.usecases.tend.verifying import verify
from tests.passing_time import A_DAY_PUSHES, RELEASES, WEIGHT, PassingTime


def test_in_three_days_it_grows_by_what_the_rule_keeps_and_by_no_more(tmp_path: Path) -> None:
    time = PassingTime(tmp_path / "data")
    days = list(time.live(3))
    most = RELEASES + A_DAY_PUSHES + 2
    assert max(one.images for one in days) <= time.foundation.images + most + 1
    # An artifact, and a layer of its own that holds the same.
    assert max(one.blobs for one in days) - time.foundation.blobs < most * 2.2 * WEIGHT
    assert days[-1].files <= days[-2].files + 10
    assert list(verify(time.bench.site)) == []
