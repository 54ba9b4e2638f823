"""Somebody sets the time of day an hour forward or back: what is measured in seconds goes on as if nobody had."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from buildsvc.doors.http.throttle import LONGEST_WAIT, Throttle
from buildsvc.engines.swap import Swap, Timing
from buildsvc.model.clock import Uuid7Ids
from buildsvc.model.deployment import Phase
from buildsvc.usecases.look import observe
from buildsvc.usecases.perform import perform
from buildsvc.usecases.tend.recovery import tend
from buildsvc.usecases.tend.steward import Steward
from tests.engine_site import MemoryJournal
from tests.fakes import SettableClock
from tests.ledgers import open_ledger
from tests.workshops import Bench

HOUR = 3600.0


class MovedBench(Bench):
    """One whose time of day may be set: `set_to` is by how many seconds it was."""

    set_to = 0.0

    def _now(self) -> float:
        return self.steady()

    def steady(self) -> float:
        return self.clock.time.timestamp() - self.set_to

    def set_clock(self, seconds: float) -> None:
        self.set_to += seconds
        self.clock.forward(seconds)


@pytest.fixture
def bench(tmp_path: Path) -> MovedBench:
    made = MovedBench(tmp_path / "data")
    made.apply()
    return made


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_soak_lasts_as_long_as_it_should(bench: MovedBench, by: float) -> None:
    live = bench.live()
    bench.clock.forward(30)
    bench.set_clock(by)
    tend(bench.workshop)
    assert bench.ledger.deployment(live.id).phase is Phase.LIVE
    bench.clock.forward(31)
    tend(bench.workshop)
    assert bench.ledger.deployment(live.id).phase is Phase.SETTLED


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_the_next_push_serves_and_is_the_newest(bench: MovedBench, by: float) -> None:
    bench.live("1.0")
    bench.set_clock(by)
    assert bench.live("2.0").phase is Phase.LIVE
    assert bench.serving() == 2
    newest, former = bench.ledger.deployments("shop", "order", limit=2)
    assert (newest.release, former.release) == (2, 1)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_the_steward_repairs_in_time_and_not_again_and_again(bench: MovedBench, by: float) -> None:
    bench.live()
    bench.clock.forward(61)
    tend(bench.workshop)
    steward = Steward(bench.steady)
    observe.look(bench.workshop)
    steward.tend(bench.site)
    bench.clock.forward(600)
    bench.engine.places["shop", "order"].occupants.clear()
    bench.engine.broken.add("start")
    bench.jobs.take()
    repairs = 0
    for second in range(0, 300, 5):
        if second in {30, 120}:
            bench.set_clock(by)
        observe.look(bench.workshop)
        steward.tend(bench.site)
        for deployment in bench.jobs.take():
            perform(bench.workshop, deployment)
            repairs += 1
            assert second >= 60
        bench.clock.forward(5)
    assert 2 <= repairs <= 10


def test_a_soak_that_a_start_of_the_machine_interrupted_counts_from_that_start() -> None:
    journal: Any = MemoryJournal()
    journal.step("live", at=50_000.0, boot="before")
    nothing: Any = None
    swap = Swap(nothing, nothing, journal, print, Timing(lambda: 40.0, time.sleep, "after"))
    assert swap.since_live() == 40.0


def test_a_session_is_not_lost_by_an_hour_back_and_not_kept_by_an_hour_forward(tmp_path: Path) -> None:
    clock = SettableClock()
    ledger = open_ledger(tmp_path / "ledger.db", clock)
    idle, length = timedelta(hours=1), timedelta(hours=12)
    ledger.begin_session("secret", "token", "csrf", "192.0.2.1", length)
    clock.forward(-HOUR)
    assert ledger.session("secret", idle) is not None
    clock.forward(2 * HOUR)
    assert ledger.session("secret", idle) is None


def test_nobody_waits_for_an_hour_because_the_clock_went_back_before_a_restart(tmp_path: Path) -> None:
    clock, seconds = SettableClock(), [1000.0]
    ledger = open_ledger(tmp_path / "ledger.db", clock)
    before = Throttle(lambda: seconds[0], clock.now, ledger)
    for _ in range(9):
        seconds[0] += before.wait("address", "192.0.2.1")
        before.failed("address", "192.0.2.1")
    clock.forward(-HOUR)
    assert 0 < Throttle(lambda: 5.0, clock.now, ledger).wait("address", "192.0.2.1") <= LONGEST_WAIT


def test_identifiers_are_never_given_twice_and_sort_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, real = Uuid7Ids(), time.time_ns
    given = [ids.new() for _ in range(50)]
    monkeypatch.setattr(time, "time_ns", lambda: real() - int(HOUR * 1e9))
    given += [ids.new() for _ in range(50)]
    assert sorted(set(given)) == given


def test_waits_and_deadlines_of_a_swap_do_not_ask_for_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    timing = Timing.of_this_machine()
    before = timing.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert before <= timing.now() < before + 60
    assert timing.boot == Timing.of_this_machine().boot != ""
