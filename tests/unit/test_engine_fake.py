"""The fake engine keeps the contract, and the swap's rules hold over it."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest

from buildpacks.errors import Conflict, Failure
from buildsvc.engines.base import Publish, RollOut, Soak
from buildsvc.engines.two_places import GatewayCounters, Occupant, SlotCounters
from buildsvc.model.raised import warned
from tests.contract.engine_contract import EngineContract, active, deploy
from tests.engine_site import Events, MemoryJournal
from tests.fake_engine.slots import FakeSlots
from tests.swaps import FakeHarness, fake_harness


@pytest.fixture
def harness() -> FakeHarness:
    return fake_harness()


class TestFakeEngine(EngineContract):
    pass


def test_the_whole_swap_in_its_order(harness: FakeHarness) -> None:
    deploy(harness, 1)
    harness.engine.calls.clear()
    spec, journal = deploy(harness, 2)
    harness.engine.settle(spec, journal, Events(), now=True)
    assert [call[0] for call in harness.engine.calls] == [
        "roll_out",
        "preflight",
        "start",
        "wait_healthy",
        "switch",
        "restart_policy",
        "restart_policy",
        "cut",
        "restart_policy",
        "stop",
        "remove",
    ]


def test_the_old_instance_gives_up_its_restart_policy_and_the_new_one_gets_its_own(harness: FakeHarness) -> None:
    deploy(harness, 1)
    deploy(harness, 2)
    assert {o.release: o.restart.when for o in harness.place.occupants.values()} == {1: "no", 2: "unless-stopped"}


def test_a_restart_policy_that_cannot_be_read_from_the_journal_is_the_component_s_own(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    start = next(index for index, step in enumerate(journal.rows) if step.name == "start")
    former = {"Name": "unless-stopped", "MaximumRetryCount": 0}
    journal.rows[start] = replace(journal.rows[start], data={**journal.rows[start].data, "old_restart": former})
    harness.place.occupants = {
        key: replace(one, restarts=1) if one.release == 2 else one for key, one in harness.place.occupants.items()
    }
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    assert {o.release: o.restart.when for o in harness.place.occupants.values()} == {1: "unless-stopped"}


def test_the_soak_counts_from_live_and_then_the_old_instance_stops(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    harness.clock.pass_by(59)
    assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING
    harness.clock.pass_by(1)
    assert harness.engine.settle(spec, journal, Events()) is Soak.SETTLED


def test_an_old_instance_with_connections_is_kept_until_the_drain_limit(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2, soak=5.0, drain=30.0)
    harness.place.connections["blue"] = 2
    harness.clock.pass_by(6)
    events = Events()
    assert harness.engine.settle(spec, journal, events) is Soak.SOAKING
    harness.clock.pass_by(25)
    assert harness.engine.settle(spec, journal, events) is Soak.SETTLED
    assert [event.connections_cut for event in events.all if event.kind == "old-stopped"] == [2]


def test_a_crash_in_the_soak_switches_back_at_once(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    new = next(o for o in harness.place.occupants.values() if o.release == 2)
    harness.place.occupants[new.id] = replace(new, restarts=1)
    events = Events()
    assert harness.engine.settle(spec, journal, events) is Soak.SWITCHED_BACK
    assert harness.engine.settle(spec, journal, events) is Soak.SWITCHED_BACK
    assert events.kinds() == ["switched-back"]
    assert {o.release: o.restart.when for o in harness.place.occupants.values()} == {1: "unless-stopped"}
    found = active(harness)
    assert found is not None
    assert found.release == 1
    assert harness.engine.resume(spec, journal, events) is None


def test_health_that_fails_three_times_in_a_row_switches_back_and_not_before(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    harness.place.unhealthy = "GET /actuator/health on port 8080: 503"
    looks = [harness.engine.settle(spec, journal, Events()) for _ in range(2)]
    harness.place.unhealthy = None
    looks.append(harness.engine.settle(spec, journal, Events()))
    harness.place.unhealthy = "again"
    looks += [harness.engine.settle(spec, journal, Events()) for _ in range(2)]
    assert looks == [Soak.SOAKING] * 5
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK


def answered(harness: FakeHarness, blue: tuple[int, int], green: tuple[int, int]) -> None:
    """What the gateway has counted by now: (requests, of them 5xx) of each slot."""
    slots = {"blue": SlotCounters(*blue), "green": SlotCounters(*green)}
    harness.place.traffic = GatewayCounters(blue[0] + green[0], blue[1] + green[1], 0, slots)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ((1000, 0), (200, 20), Soak.SWITCHED_BACK),
        ((1000, 0), (200, 19), Soak.SOAKING),
        ((1000, 30), (200, 29), Soak.SOAKING),
        ((1000, 30), (200, 31), Soak.SWITCHED_BACK),
        ((9000, 0), (9000, 50), Soak.SOAKING),
        ((0, 0), (50, 50), Soak.SWITCHED_BACK),
    ],
)
def test_a_rise_of_server_errors_in_the_soak_switches_back(
    harness: FakeHarness, old: tuple[int, int], new: tuple[int, int], found: Soak
) -> None:
    answered(harness, (0, 0), (70, 60))
    deploy(harness, 1)
    answered(harness, old, (70, 60))
    spec, journal = deploy(harness, 2)
    answered(harness, old, (70 + new[0], 60 + new[1]))
    assert harness.engine.settle(spec, journal, Events()) is found


def test_server_errors_are_left_alone_where_the_component_says_so_or_nobody_counted(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    answered(harness, (1000, 0), (100, 100))
    assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING
    spec, journal = deploy(harness, 3, watch_errors=False)
    answered(harness, (1000, 900), (100, 100))
    assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING


def test_a_first_release_has_nothing_to_switch_back_to(harness: FakeHarness) -> None:
    spec, journal = deploy(harness, 1)
    harness.place.unhealthy = "503"
    assert [harness.engine.settle(spec, journal, Events()) for _ in range(4)] == [Soak.SOAKING] * 4


def test_without_memory_for_both_the_old_one_is_stopped_after_the_switch_and_comes_back(harness: FakeHarness) -> None:
    deploy(harness, 1)
    harness.engine.short_of_memory = True
    journal, events = MemoryJournal(), Events()
    spec = harness.spec(journal, 2)
    harness.engine.roll_out(spec, journal, events)
    assert [e.code for e in events.all if e.kind == "warning"] == ["memory-is-short"]
    assert {o.release: o.running for o in harness.place.occupants.values()} == {1: False, 2: True}
    new = next(o for o in harness.place.occupants.values() if o.release == 2)
    harness.place.occupants[new.id] = replace(new, running=False, exit_code=137)
    assert harness.engine.settle(spec, journal, events) is Soak.SWITCHED_BACK
    assert {o.release: o.running for o in harness.place.occupants.values()} == {1: True}


def test_stop_first_holds_requests_and_a_failure_brings_the_old_one_back(harness: FakeHarness) -> None:
    deploy(harness, 1)
    harness.engine.calls.clear()
    with pytest.raises(Failure):
        deploy(harness, 2, "ends", strategy="stop-first")
    words = [call[0] for call in harness.engine.calls]
    assert words.index("hold") < words.index("stop") < words.index("start") < words.index("revive")
    assert words.index("revive") < words.index("release")
    found = active(harness)
    assert found is not None
    assert (found.release, found.state) == (1, "running")
    assert harness.place.held is False


def test_a_switch_that_fails_is_undone(harness: FakeHarness) -> None:
    deploy(harness, 1)
    journal = MemoryJournal()
    spec = harness.spec(journal, 2)

    def break_it(event: object) -> None:
        if getattr(event, "kind", "") == "healthy":
            raise Conflict("engine-conflict", "no")

    with pytest.raises(Conflict):
        harness.engine.roll_out(spec, journal, break_it)
    assert [o.release for o in harness.place.occupants.values()] == [1]
    assert journal.rows[-1].name == "undo"
    assert journal.rows[-1].done


def test_a_worker_that_lost_its_claim_touches_nothing_more(harness: FakeHarness) -> None:
    deploy(harness, 1)
    journal = MemoryJournal()
    spec = harness.spec(journal, 2)

    def taken_over(event: object) -> None:
        raise Conflict("lost-claim", "another worker has it")

    with pytest.raises(Conflict):
        harness.engine.roll_out(spec, journal, taken_over)
    assert sorted(o.release or 0 for o in harness.place.occupants.values()) == [1, 2]


def test_a_look_at_the_new_instance_is_taken_beside_the_switch_and_takes_nothing_back(
    harness: FakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = Event()

    def report(slots: FakeSlots, spec: RollOut, new: Occupant, publish: Publish) -> None:
        publish(warned("sessions-end", component=new.name))
        assert switched.wait(10), "the switch waits for the look"
        raise RuntimeError("no answer")

    def switch(slots: FakeSlots, to: str) -> None:
        slots.place.active = to
        switched.set()

    monkeypatch.setattr(FakeSlots, "report", report)
    monkeypatch.setattr(FakeSlots, "switch", switch)
    journal, events = MemoryJournal(), Events()
    harness.engine.roll_out(harness.spec(journal, 1), journal, events)
    found = active(harness)
    assert found is not None
    assert found.release == 1
    assert events.kinds()[-2:] == ["switched", "warning"]
