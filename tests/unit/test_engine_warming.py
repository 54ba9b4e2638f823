"""What a new instance is asked for before it serves: each path, in its order, told and bounded, never in the way."""

from __future__ import annotations

import pytest

from buildsvc.doors import words
from buildsvc.engines.warming import LATER, LIMIT
from buildsvc.model.swap_events import Warmed
from tests.engine_site import Events, MemoryJournal
from tests.fake_engine.slots import FakeSlots
from tests.swaps import FakeHarness, fake_harness


@pytest.fixture
def harness() -> FakeHarness:
    return fake_harness()


def rolled_out(harness: FakeHarness, *paths: str) -> tuple[Events, list[tuple[str, ...]]]:
    """What was told, and what was asked for and when, among the other calls."""
    journal, events = MemoryJournal(), Events()
    harness.engine.roll_out(harness.spec(journal, 1, warm=paths), journal, events)
    return events, [call for call in harness.engine.calls if call[0] in {"wait_healthy", "ask", "switch"}]


def slow(harness: FakeHarness, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Each question takes so long."""
    ask = FakeSlots.ask

    def asked(slots: FakeSlots, *told: object) -> tuple[str, ...]:
        harness.clock.pass_by(seconds * int(str(told[-1])))
        return ask(slots, *told)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeSlots, "ask", asked)


def warmed(events: Events) -> Warmed:
    return next(event for event in events.all if isinstance(event, Warmed))


def test_paths_are_asked_for_after_health_and_before_the_switch(harness: FakeHarness) -> None:
    events, calls = rolled_out(harness, "/", "/orders")
    name = harness.of(1).name
    asked = [("ask", name, path, str(times)) for path in ("/", "/orders") for times in (1, 1, LATER)]
    assert calls == [("wait_healthy", name), *asked, ("switch", "blue")]
    assert [(one.path, one.status) for one in warmed(events).answers] == [("/", 200), ("/orders", 200)]


def test_where_no_path_is_named_nothing_is_asked_or_told(harness: FakeHarness) -> None:
    events, calls = rolled_out(harness)
    assert [call[0] for call in calls] == ["wait_healthy", "switch"]
    assert "warmed" not in events.kinds()


def test_a_bad_answer_is_told_with_its_path_and_the_release_goes_live(harness: FakeHarness) -> None:
    harness.place.answers = {"/orders": "500:0", "/gone": "000:7"}
    events, calls = rolled_out(harness, "/orders", "/gone", "/")
    assert calls[-1] == ("switch", "blue")
    warning = next(event for event in events.all if event.kind == "warning")
    assert (warning.code, warning.values and warning.values["bad"]) == ("not-warm", ["/orders (500)", "/gone (-)"])
    assert [call for call in calls if call[0] == "ask" and call[2] == "/gone"] == [
        ("ask", harness.of(1).name, "/gone", "1")
    ]
    assert "/gone: no answer in" in words.tell(warmed(events))


def test_paths_that_take_too_long_are_left_and_told(harness: FakeHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(harness, monkeypatch, 4.0)
    began = harness.clock.now
    events, _ = rolled_out(harness, *(f"/{number}" for number in range(10)))
    assert harness.clock.now - began < LIMIT + 10
    found = warmed(events)
    assert [one.path for one in found.answers] == ["/0", "/1", "/2", "/3"]
    assert found.left == ("/4", "/5", "/6", "/7", "/8", "/9")
    assert "not-warm" in [getattr(event, "code", "") for event in events.all]


def test_each_answer_is_told_with_its_time(harness: FakeHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(harness, monkeypatch, 0.5)
    events, _ = rolled_out(harness, "/orders")
    assert words.tell(warmed(events)) == "Asked for /orders: 200 after 0.5 s, then 0.5 s before it served, in 11 s."
