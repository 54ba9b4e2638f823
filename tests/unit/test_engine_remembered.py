"""Which slot a gateway's configuration enables is read once, and again when it may have changed."""

from __future__ import annotations

import pytest

from buildsvc.engines.docker.remembered import ConfiguredSlots


class Engine:
    """Answers with the gateway's file, and counts how often it was asked."""

    def __init__(self) -> None:
        self.active = "blue"
        self.asked = 0
        self.meanwhile = lambda: None

    def read_file(self, _container: str, _path: str) -> bytes:
        self.asked += 1
        found = self.active
        self.meanwhile()
        other = "green" if found == "blue" else "blue"
        return f"backend b8080\n  server {found} 10.0.0.2:8080\n  server {other} 10.0.0.3:8080 disabled\n".encode()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def slots() -> ConfiguredSlots:
    made = ConfiguredSlots()
    made.listening(True)
    return made


def event(action: str, container: str = "gateway") -> dict[str, object]:
    return {"Action": action, "Actor": {"ID": container}}


def test_it_is_read_once(slots: ConfiguredSlots, engine: Engine) -> None:
    assert [slots.of(engine, "gateway") for _ in range(3)] == ["blue"] * 3
    assert engine.asked == 1


@pytest.mark.parametrize("action", ["extract-to-dir", "exec_die", "start", "destroy"])
def test_it_is_read_again_after_what_may_have_changed_it(slots: ConfiguredSlots, engine: Engine, action: str) -> None:
    slots.of(engine, "gateway")
    engine.active = "green"
    slots.hear(event(action))
    assert slots.of(engine, "gateway") == "green"


def test_what_happens_to_others_is_no_reason(slots: ConfiguredSlots, engine: Engine) -> None:
    slots.of(engine, "gateway")
    slots.hear(event("exec_die", "another"))
    slots.hear(event("archive-path"))
    slots.hear(event("exec_start: gateway-client runtime"))
    slots.of(engine, "gateway")
    assert engine.asked == 1


def test_what_changes_while_it_is_read_is_not_kept(slots: ConfiguredSlots, engine: Engine) -> None:
    engine.meanwhile = lambda: slots.hear(event("extract-to-dir"))
    slots.of(engine, "gateway")
    engine.meanwhile, engine.active = lambda: None, "green"
    assert slots.of(engine, "gateway") == "green"


def test_nothing_is_kept_while_nobody_listens(engine: Engine) -> None:
    slots = ConfiguredSlots()
    for _ in range(2):
        slots.of(engine, "gateway")
    slots.listening(True)
    for _ in range(2):
        slots.of(engine, "gateway")
    assert engine.asked == 3
    slots.listening(False)
    slots.of(engine, "gateway")
    assert engine.asked == 4


def test_it_is_believed_in_for_a_minute_at_most(
    slots: ConfiguredSlots, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("buildsvc.engines.docker.remembered.time.monotonic", lambda: now[0])
    slots.of(engine, "gateway")
    now[0] += 61
    slots.of(engine, "gateway")
    assert engine.asked == 2
