"""The throttle: free attempts, growing waits, a bound on memory, and waits that outlive a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from buildsvc.doors.http.throttle import (
    FORGOTTEN,
    FREE_FAILURES,
    LONGEST_WAIT,
    REMEMBERED,
    TOLD_PER_MINUTE,
    Throttle,
)
from tests.fakes import SettableClock
from tests.ledgers import open_ledger


class Kept:
    """The ledger's part, in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], tuple[int, datetime]] = {}

    def note_failures(self, kind: str, key: str, failures: int, until: datetime) -> None:
        self.rows[kind, key] = (failures, until)

    def forget_failures(self, kind: str, key: str) -> None:
        self.rows.pop((kind, key), None)

    def waiting(self) -> dict[tuple[str, str], tuple[int, datetime]]:
        return self.rows


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def throttle(time: Time) -> Throttle:
    return Throttle(time, SettableClock().now, Kept())


def fail(throttle: Throttle, key: str = "192.0.2.1", times: int = FREE_FAILURES) -> None:
    for _ in range(times):
        throttle.failed("address", key)


def test_the_first_failures_cost_nothing(throttle: Throttle) -> None:
    fail(throttle, times=FREE_FAILURES - 1)
    assert throttle.wait("address", "192.0.2.1") == 0


def test_each_further_failure_doubles_the_wait_up_to_a_limit(throttle: Throttle, time: Time) -> None:
    waits = []
    for _ in range(FREE_FAILURES + 12):
        throttle.failed("address", "a")
        waits.append(throttle.wait("address", "a"))
        time.seconds += waits[-1]
    assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 3] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT


def test_a_failure_in_a_wait_makes_it_no_longer(throttle: Throttle) -> None:
    fail(throttle, times=FREE_FAILURES + 50)
    assert throttle.wait("address", "192.0.2.1") == 1


def test_failures_are_forgotten_in_time(throttle: Throttle, time: Time) -> None:
    fail(throttle)
    time.seconds += 1 + FORGOTTEN
    assert throttle.failed("address", "192.0.2.1") == 1


def test_one_address_or_name_does_not_slow_another(throttle: Throttle) -> None:
    fail(throttle)
    assert throttle.wait("address", "192.0.2.2") == 0
    assert throttle.wait("name", "192.0.2.1") == 0


def test_the_addresses_of_one_ipv6_network_are_one(throttle: Throttle) -> None:
    for last in range(FREE_FAILURES):
        throttle.failed("address", f"2001:db8::{last:x}")
    assert throttle.wait("address", "2001:db8::ffff") == 1
    assert throttle.wait("address", "2001:db8:1::1") == 0


def test_many_addresses_are_not_remembered_for_ever(throttle: Throttle) -> None:
    fail(throttle, "first")
    for number in range(REMEMBERED):
        throttle.failed("address", str(number))
    assert throttle.wait("address", "first") == 0


def test_only_so_many_refusals_are_written_down_in_a_minute(throttle: Throttle, time: Time) -> None:
    assert [throttle.may_tell() for _ in range(TOLD_PER_MINUTE + 1)] == [True] * TOLD_PER_MINUTE + [False]
    time.seconds += 60
    assert throttle.may_tell()


def test_a_wait_outlives_a_restart(time: Time, tmp_path: Path) -> None:
    clock = SettableClock()
    ledger = open_ledger(tmp_path / "ledger.db", clock)
    before = Throttle(time, clock.now, ledger)
    for _ in range(4):
        fail(before)
        time.seconds += before.wait("address", "192.0.2.1")
    fail(before, times=1)
    wait = before.wait("address", "192.0.2.1")
    clock.time += timedelta(seconds=wait / 2)
    assert Throttle(Time(), clock.now, ledger).wait("address", "192.0.2.1") == pytest.approx(wait / 2)
