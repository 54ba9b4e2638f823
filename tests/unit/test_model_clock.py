from __future__ import annotations

from datetime import timedelta

from buildsvc.model.clock import SystemClock, Uuid7Ids


def test_the_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_ids_are_unique_version_7_and_sort_by_their_making() -> None:
    ids = [Uuid7Ids().new() for _ in range(200)]
    assert sorted(set(ids)) == ids
    assert {i[14] for i in ids} == {"7"}
