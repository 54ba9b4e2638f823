"""A site that is pushed to twenty times a day stays under the bound that docs/operating.md states.

Six weeks with two versions kept stand for a year with twenty, which `scripts/year` lives through.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.passing_time import A_WEEK, PassingTime, stays_under_the_bound


@pytest.mark.long
@pytest.mark.timeout(900)
def test_in_six_weeks_it_stays_under_the_bound_that_the_docs_state(tmp_path: Path) -> None:
    time = PassingTime(tmp_path / "data", versions=2)
    stays_under_the_bound(time, list(time.live(6 * A_WEEK)))
