"""A site that is pushed to twenty times a day for a year stays under the bound that docs/operating.md states."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from buildsvc.usecases.tend.verifying import verify
from tests.passing_time import A_DAY_PUSHES, A_WEEK, RELEASES, VERSIONS, WEIGHT, YearOfPushes


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_in_a_year_it_stays_under_the_bound_that_the_docs_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year = YearOfPushes(tmp_path / "data")
    weighed = list(year.live(365))
    first, last = weighed[: 25 * A_WEEK], weighed[25 * A_WEEK :]
    with capsys.disabled():
        for one in (year.foundation, *weighed[6::28], weighed[-1]):
            sys.stdout.write(f"\n {one}")
    most = RELEASES + A_DAY_PUSHES + VERSIONS + 2
    assert max(one.images for one in last) <= year.foundation.images + most + 1
    assert max(one.blobs for one in last) - year.foundation.blobs < most * 2.2 * WEIGHT
    assert max(one.blobs for one in last) <= 1.02 * max(one.blobs for one in first)
    assert max(one.files for one in last) <= 1.02 * max(one.files for one in first)
    assert max(one.rest for one in last) <= 1.1 * max(one.rest for one in first)
    assert weighed[-1].ledger < 365 * A_DAY_PUSHES * 12_000
    assert list(verify(year.bench.site)) == []
