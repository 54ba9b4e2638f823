"""What the engine says of a container is asked once, and again when it may have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.labels import APPLICATION, COMPONENT, ROLE
from buildsvc.engines.docker.remembered import Remembered


class Engine(EngineClient):
    """Answers with the gateway's file, and counts how often it was asked."""

    def __init__(self) -> None:
        self.active = "blue"
        self.status = "running"
        self.there = ["one", "two"]
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def read_file(self, _container: str, _path: str) -> bytes:
        self.asked += 1
        found = self.active
        self.meanwhile()
        other = "green" if found == "blue" else "blue"
        return f"backend b8080\n  server {found} 10.0.0.2:8080\n  server {other} 10.0.0.3:8080 disabled\n".encode()

    def ids(self, _labels: Mapping[str, str | None]) -> list[str]:
        return self.there

    def inspect(self, container: str) -> dict[str, object] | None:
        self.asked += 1
        if container not in self.there:
            return None
        marks = {APPLICATION: "shop", COMPONENT: "order", ROLE: "gateway"}
        state = {"Status": self.status, "Running": self.status == "running", "ExitCode": 0}
        return {"Id": container, "Name": f"/{container}", "Config": {"Labels": marks, "Image": "i"}, "State": state}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def known() -> Remembered:
    made = Remembered()
    made.listening(True)
    return made


def event(action: str, container: str = "gateway", **attributes: str) -> dict[str, object]:
    return {"Action": action, "Actor": {"ID": container, "Attributes": attributes}}


def ran(known: Remembered, command: str, number: str = "e1") -> None:
    """What the engine tells when a program is run in the gateway."""
    for action in (f"exec_create: {command}", f"exec_start: {command}", "exec_die"):
        known.hear(event(action, execID=number))


def test_it_is_read_once(known: Remembered, engine: Engine) -> None:
    assert [known.slot(engine, "gateway") for _ in range(3)] == ["blue"] * 3
    assert engine.asked == 1


@pytest.mark.parametrize("action", ["extract-to-dir", "exec_die", "start", "destroy"])
def test_it_is_read_again_after_what_may_have_changed_it(known: Remembered, engine: Engine, action: str) -> None:
    known.slot(engine, "gateway")
    engine.active = "green"
    known.hear(event(action))
    assert known.slot(engine, "gateway") == "green"


def test_what_happens_to_others_is_no_reason(known: Remembered, engine: Engine) -> None:
    known.slot(engine, "gateway")
    known.hear(event("exec_die", "another"))
    known.hear(event("archive-path"))
    known.hear(event("exec_start: gateway-client runtime"))
    known.slot(engine, "gateway")
    assert engine.asked == 1


@pytest.mark.parametrize(
    "command", ["gateway-client install", "gateway-client session", "sh -c vi /gateway/haproxy.cfg"]
)
def test_a_program_that_may_have_written_it_is_a_reason(known: Remembered, engine: Engine, command: str) -> None:
    known.slot(engine, "gateway")
    engine.active = "green"
    ran(known, command)
    assert known.slot(engine, "gateway") == "green"


def test_a_program_of_ours_that_only_asks_is_no_reason(known: Remembered, engine: Engine) -> None:
    known.slot(engine, "gateway")
    ran(known, "gateway-client poll 2  http://10.0.0.2:8080/health")
    ran(known, "sh -c gateway-client memory; exec gateway-client runtime 'show servers state'", "e2")
    known.slot(engine, "gateway")
    assert engine.asked == 1


def test_a_program_that_began_before_anybody_listened_is_a_reason(known: Remembered, engine: Engine) -> None:
    known.slot(engine, "gateway")
    known.hear(event("exec_die", execID="e9"))
    known.slot(engine, "gateway")
    assert engine.asked == 2


def test_what_changes_while_it_is_read_is_not_kept(known: Remembered, engine: Engine) -> None:
    engine.meanwhile = lambda: known.hear(event("extract-to-dir"))
    known.slot(engine, "gateway")
    engine.meanwhile, engine.active = lambda: None, "green"
    assert known.slot(engine, "gateway") == "green"


def test_what_was_asked_before_anybody_listened_is_not_kept(engine: Engine) -> None:
    known = Remembered()
    engine.meanwhile = lambda: known.listening(True)
    known.slot(engine, "gateway")
    engine.meanwhile, engine.active = lambda: None, "green"
    assert known.slot(engine, "gateway") == "green"


def test_nothing_is_kept_while_nobody_listens(engine: Engine) -> None:
    known = Remembered()
    for _ in range(2):
        known.slot(engine, "gateway")
    known.listening(True)
    for _ in range(2):
        known.slot(engine, "gateway")
    assert engine.asked == 3
    known.listening(False)
    known.slot(engine, "gateway")
    assert engine.asked == 4


def test_it_is_believed_in_for_a_minute_at_most(
    known: Remembered, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("buildsvc.engines.docker.remembered.time.monotonic", lambda: now[0])
    known.slot(engine, "gateway")
    now[0] += 61
    known.slot(engine, "gateway")
    assert engine.asked == 2


def states(known: Remembered, engine: Engine) -> list[str]:
    return [one.state for one in known.instances(engine, {})]


def test_a_container_is_inspected_once(known: Remembered, engine: Engine) -> None:
    assert [states(known, engine) for _ in range(3)] == [["running", "running"]] * 3
    assert engine.asked == 2


@pytest.mark.parametrize("action", ["die", "start", "destroy", "update", "rename", "health_status: unhealthy"])
def test_only_the_container_of_which_something_is_told_is_inspected_again(
    known: Remembered, engine: Engine, action: str
) -> None:
    states(known, engine)
    engine.status = "exited"
    known.hear(event(action, "two"))
    assert states(known, engine) == ["running", "exited"]


def test_programs_and_files_in_a_container_do_not_change_its_state(known: Remembered, engine: Engine) -> None:
    states(known, engine)
    ran_in = ("exec_create: sh", "exec_start: sh", "exec_die", "archive-path", "extract-to-dir")
    for action in ran_in:
        known.hear(event(action, "two", execID="e1"))
    states(known, engine)
    assert engine.asked == 2


def test_a_container_that_came_or_went_is_seen_at_once(known: Remembered, engine: Engine) -> None:
    states(known, engine)
    engine.there = ["two", "three"]
    assert [one.id for one in known.instances(engine, {})] == ["two", "three"]


def test_a_container_that_goes_between_the_list_and_the_question_is_left_out(
    known: Remembered, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ids", lambda _: ["one", "gone"])
    assert [one.id for one in known.instances(engine, {})] == ["one"]
