"""A component that is called by a registry: the old instance leaves it before it is stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildsvc.doors import words
from buildsvc.engines.base import RollOut, Soak
from buildsvc.engines.leaving import SEEN_WITHIN
from buildsvc.model.registration import Registration
from tests.engine_site import Events, MemoryJournal
from tests.registries import AT, FakeEureka
from tests.swaps import FakeHarness, fake_harness

LAG = 20.0
REGISTRATION = Registration("eureka", (AT,), "order", LAG)
BLUE, GREEN = "10.0.0.2", "10.0.0.3"


@pytest.fixture
def harness() -> FakeHarness:
    return fake_harness()


@pytest.fixture
def eureka(harness: FakeHarness) -> FakeEureka:
    registry = FakeEureka()
    harness.engine.others_answer = registry.answer
    return registry


def swapped(harness: FakeHarness, *, soak: float = 60.0) -> tuple[RollOut, MemoryJournal, Events]:
    """Release 2 has just gone live where release 1 served and is registered."""
    for release in (1, 2):
        journal, events = MemoryJournal(), Events()
        spec = replace(harness.spec(journal, release, soak=soak), registration=REGISTRATION)
        harness.engine.roll_out(spec, journal, events)
    return spec, journal, events


def look(harness: FakeHarness, swap: tuple[RollOut, MemoryJournal, Events], *, after: float = 0.0) -> Soak:
    harness.clock.pass_by(after)
    return harness.engine.settle(*swap)


def left(harness: FakeHarness, eureka: FakeEureka) -> tuple[RollOut, MemoryJournal, Events]:
    """Release 2 serves and is registered; release 1, in its soak, was taken out."""
    eureka.register(BLUE)
    swap = swapped(harness, soak=300.0)
    eureka.register(GREEN)
    look(harness, swap)
    look(harness, swap, after=LAG)
    assert eureka.callers_get() == [GREEN]
    return swap


def test_the_old_instance_is_taken_out_once_callers_know_the_new_one_and_stopped_once_they_forgot_it(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    swap = swapped(harness, soak=5.0)
    old = harness.of(1).name
    assert look(harness, swap) is Soak.SOAKING
    assert eureka.callers_get() == [BLUE], "the new one is not registered yet"
    eureka.register(GREEN)
    look(harness, swap, after=3)
    look(harness, swap, after=LAG - 1)
    assert eureka.callers_get() == [BLUE, GREEN]
    look(harness, swap, after=1)
    assert eureka.callers_get() == [GREEN]
    assert look(harness, swap, after=LAG - 1) is Soak.SOAKING
    assert ("stop", old, "30.0") not in harness.engine.calls
    assert look(harness, swap, after=1) is Soak.SETTLED
    assert ("stop", old, "30.0") in harness.engine.calls
    kinds = [
        kind
        for kind in swap[2].kinds()
        if kind in {"callers-found", "switched", "registry-saw", "taken-out", "old-stopped"}
    ]
    assert kinds == ["callers-found", "switched", "registry-saw", "taken-out", "old-stopped"]


@pytest.mark.parametrize("lost", ["registered", "take-out"])
def test_a_worker_lost_at_a_step_of_leaving_leaves_it_to_the_next_look(
    harness: FakeHarness, eureka: FakeEureka, lost: str
) -> None:
    eureka.register(BLUE)
    swap = swapped(harness, soak=5.0)
    old = harness.of(1).name
    eureka.register(GREEN)
    look(harness, swap)
    look(harness, swap, after=LAG)
    assert eureka.callers_get() == [GREEN]
    rows = swap[1].rows
    first = next(number for number, step in enumerate(rows) if step.name == lost)
    # It was done in the registry, and not written down any more.
    swap[1].rows = rows[:first] if lost == "registered" else [*rows[:first], replace(rows[first], done=False)]
    look(harness, swap)
    look(harness, swap, after=LAG)
    assert eureka.callers_get() == [GREEN]
    assert look(harness, swap, after=LAG) is Soak.SETTLED
    assert ("stop", old, "30.0") in harness.engine.calls


def test_where_callers_find_it_is_told_before_anything_starts_with_its_time(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    _, _, events = swapped(harness)
    assert events.kinds()[0] == "callers-found"
    assert "Eureka at http://eureka:8761/eureka/ as order" in words.tell(events.all[0])
    assert words.tell(events.all[0]).count("20 s") == 2


def test_a_machine_that_was_started_again_meanwhile_does_not_wait_by_the_clock_of_before(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    harness.clock.now = 5_000_000.0
    swap = swapped(harness, soak=5.0)
    eureka.register(GREEN)
    look(harness, swap)
    look(harness, swap, after=LAG)
    assert eureka.callers_get() == [GREEN]
    harness.clock.now = 0.0
    swap[1].rows = [
        replace(step, data={**step.data, "boot": "another"}) if step.name == "live" else step for step in swap[1].rows
    ]
    assert look(harness, swap, after=LAG - 1) is Soak.SOAKING
    assert look(harness, swap, after=LAG + 1) is Soak.SETTLED


def test_a_newer_push_waits_until_nobody_calls_the_oldest(harness: FakeHarness, eureka: FakeEureka) -> None:
    eureka.register(BLUE)
    spec, journal, events = swapped(harness)
    eureka.register(GREEN)
    began, old = harness.clock.now, harness.of(1).name
    assert harness.engine.settle(spec, journal, events, now=True) is Soak.SETTLED
    stopped = [
        at for at, call in zip(harness.engine.times, harness.engine.calls, strict=True) if call[:2] == ("stop", old)
    ]
    assert 2 * LAG <= stopped[0] - began < 2 * LAG + 3
    assert eureka.callers_get() == [GREEN]


def test_one_that_is_not_registered_by_its_own_address_is_stopped_as_ever(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    swap = swapped(harness, soak=5.0)
    assert look(harness, swap, after=5) is Soak.SETTLED
    assert "taken-out" not in swap[2].kinds()


def test_a_registry_that_does_not_answer_is_told_of_and_ends_nothing(harness: FakeHarness, eureka: FakeEureka) -> None:
    eureka.silent = True
    swap = swapped(harness, soak=5.0)
    assert look(harness, swap, after=SEEN_WITHIN - 1) is Soak.SOAKING
    assert look(harness, swap, after=1) is Soak.SETTLED
    warning = next(event for event in swap[2].all if event.kind == "warning")
    assert warning.code == "registry-unheard"
    assert "http://eureka:8761/eureka/: no answer" in words.tell(warning)


def test_a_new_one_that_never_registers_is_told_of_and_the_old_one_leaves_all_the_same(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    swap = swapped(harness, soak=5.0)
    look(harness, swap, after=SEEN_WITHIN)
    assert [event.code for event in swap[2].all if event.kind == "warning"] == ["registry-not-seen"]
    assert eureka.callers_get() == []
    assert look(harness, swap, after=LAG) is Soak.SETTLED


def test_an_address_that_was_taken_out_before_is_put_back_for_the_next_one_there(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    swap = swapped(harness)
    eureka.statuses[f"{GREEN}:8080"] = "OUT_OF_SERVICE"
    look(harness, swap)
    assert eureka.callers_get() == [BLUE, GREEN]


def test_switching_back_puts_the_former_one_into_the_registry_again_and_takes_the_failing_one_out(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    swap = left(harness, eureka)
    harness.change(2, restarts=1)
    assert look(harness, swap) is Soak.SWITCHED_BACK
    assert eureka.callers_get() == [BLUE]
    assert [kind for kind in swap[2].kinds() if kind in {"put-back", "switched-back"}] == ["put-back", "switched-back"]


def undone(harness: FakeHarness, eureka: FakeEureka) -> tuple[RollOut, MemoryJournal, Events]:
    """Release 1, which was taken out for release 2, serves again."""
    left(harness, eureka)
    journal, events = MemoryJournal(), Events()
    spec = replace(harness.spec(journal, 1, soak=300.0), registration=REGISTRATION)
    harness.place.unhealthy = "GET /actuator/health on port 8080: 503"
    assert harness.engine.return_to(spec, journal, events) is not None
    return spec, journal, events


def test_undo_puts_it_back_before_it_switches_and_says_how_long_callers_take(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    undo = undone(harness, eureka)
    assert sorted(eureka.callers_get()) == [BLUE, GREEN]
    assert [kind for kind in undo[2].kinds() if kind in {"put-back", "switched"}] == ["put-back", "switched"]
    assert "in 20 s all callers have it" in words.tell(next(event for event in undo[2].all if event.kind == "put-back"))
    look(harness, undo)
    look(harness, undo, after=LAG)
    assert eureka.callers_get() == [BLUE], "the one that was undone leaves in its turn"


def test_one_that_was_put_back_may_say_for_a_while_that_it_is_out(harness: FakeHarness, eureka: FakeEureka) -> None:
    undo = undone(harness, eureka)
    for _ in range(9):
        assert look(harness, undo, after=2) is Soak.SOAKING
    assert "look-failed" not in [step.name for step in undo[1].rows]
    looks = [look(harness, undo, after=2) for _ in range(4)]
    assert looks[-1] is Soak.SWITCHED_BACK, "and no longer than that"


def test_one_that_does_not_answer_is_not_gone_back_to_and_leaves_again(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    left(harness, eureka)
    harness.place.unhealthy, harness.place.answers = "it is silent", {"/": "000:28"}
    journal, events = MemoryJournal(), Events()
    spec = replace(harness.spec(journal, 1, soak=300.0), registration=REGISTRATION)
    assert harness.engine.return_to(spec, journal, events) is None
    assert eureka.callers_get() == [GREEN]
    assert "undo-anew" in [getattr(event, "code", "") for event in events.all]


def test_nothing_is_left_in_the_registry_of_one_that_ended(harness: FakeHarness, eureka: FakeEureka) -> None:
    eureka.register(BLUE)
    swap = swapped(harness, soak=5.0)
    eureka.register(GREEN)
    look(harness, swap)
    look(harness, swap, after=LAG)
    assert look(harness, swap, after=LAG) is Soak.SETTLED
    assert list(eureka.statuses) == [f"{GREEN}:8080"]


def test_for_want_of_memory_too_the_old_one_leaves_the_registry_before_it_is_stopped(
    harness: FakeHarness, eureka: FakeEureka
) -> None:
    eureka.register(BLUE)
    eureka.register(GREEN)
    journal = MemoryJournal()
    harness.engine.roll_out(harness.spec(journal, 1), journal, Events())
    harness.engine.short_of_memory = True
    began, old, journal = harness.clock.now, harness.of(1).name, MemoryJournal()
    harness.engine.roll_out(replace(harness.spec(journal, 2), registration=REGISTRATION), journal, Events())
    stopped = [
        at for at, call in zip(harness.engine.times, harness.engine.calls, strict=True) if call[:2] == ("stop", old)
    ]
    assert stopped[0] - began >= 2 * LAG
