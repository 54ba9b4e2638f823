"""Nobody's request is cut before its time: whatever ends an instance waits for its connections, and says stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildsvc.engines.base import Soak
from buildsvc.engines.soaking import BACK_LIMIT
from buildsvc.model.application import DEFAULT_GRACE
from tests.contract.engine_contract import deploy
from tests.engine_site import Events, MemoryJournal
from tests.swaps import FakeHarness, fake_harness


@pytest.fixture
def harness() -> FakeHarness:
    return fake_harness()


def busy(harness: FakeHarness, slot: str, seconds: float) -> None:
    """Two connections on a slot, which end by themselves after so long."""
    harness.place.ending[slot] = (2, harness.clock.now + seconds)


def moment(harness: FakeHarness, *words: str) -> float:
    """When the fake engine was told this for the last time."""
    return [at for at, call in zip(harness.engine.times, harness.engine.calls, strict=True) if call == words][-1]


def test_the_next_push_waits_for_the_connections_of_the_former_instance(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2, drain=30.0)
    busy(harness, "blue", 9.0)
    began, events = harness.clock.now, Events()
    assert harness.engine.settle(spec, journal, events, now=True) is Soak.SETTLED
    assert 9.0 <= moment(harness, "cut", "blue") - began < 10.0
    assert [event.connections_cut for event in events.all if event.kind == "old-stopped"] == [0]


def test_connections_that_do_not_end_are_cut_at_the_drain_limit_and_counted(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2, drain=30.0)
    busy(harness, "blue", 600.0)
    began, events = harness.clock.now, Events()
    assert harness.engine.settle(spec, journal, events, now=True) is Soak.SETTLED
    assert 30.0 <= moment(harness, "cut", "blue") - began < 31.0
    assert [event.connections_cut for event in events.all if event.kind == "old-stopped"] == [2]


def test_an_instance_that_goes_for_want_of_memory_is_drained_before(harness: FakeHarness) -> None:
    deploy(harness, 1)
    harness.engine.short_of_memory = True
    busy(harness, "blue", 12.0)
    began = harness.clock.now
    deploy(harness, 2, drain=30.0)
    former = harness.of(1).name
    assert 12.0 <= moment(harness, "stop", former, str(DEFAULT_GRACE)) - began < 13.0


def test_requests_under_way_in_a_failing_instance_get_a_moment_when_it_is_switched_back(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    busy(harness, "green", 3.0)
    harness.change(2, restarts=1)
    began = harness.clock.now
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    switched = moment(harness, "switch", "blue")
    assert switched == began, "the former one serves at once"
    assert 3.0 <= moment(harness, "cut", "green") - began < BACK_LIMIT


@pytest.mark.parametrize("told", [None, 7.0])
def test_an_instance_has_the_time_to_end_that_its_component_says(harness: FakeHarness, told: float | None) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    spec = replace(spec, component=replace(spec.component, stop_grace_period=told))
    former = harness.of(1).name
    harness.engine.settle(spec, journal, Events(), now=True)
    assert ("stop", former, str(DEFAULT_GRACE if told is None else told)) in harness.engine.calls


def test_stop_first_too(harness: FakeHarness) -> None:
    deploy(harness, 1)
    former, journal = harness.of(1).name, MemoryJournal()
    spec = harness.spec(journal, 2, strategy="stop-first")
    spec = replace(spec, component=replace(spec.component, stop_grace_period=3.0))
    harness.engine.roll_out(spec, journal, Events())
    assert ("stop", former, "3.0") in harness.engine.calls
