"""A former instance that is kept frozen: when, until when, never one that holds something of others, and back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Failure
from buildsvc.engines.two_places import Occupant
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Warned
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.look import observe
from buildsvc.usecases.tend.recovery import tend
from tests import forge
from tests.fake_engine.slots import FakeSlots
from tests.workshops import COMPOSE, Bench

PAUSED = COMPOSE.replace("soak: 60s", "soak: 60s, keep: {paused: 1h}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(PAUSED)
    return made


def with_library(version: str, library: str) -> bytes:
    return forge.boot_jar(libraries={library: forge.library("org.example.Thing")}, maven=("demo", "order", version))


def live(bench: Bench, data: bytes) -> Deployment:
    return bench.run(bench.push(data=data, application="shop", component="order"))


def undo(bench: Bench) -> Deployment:
    return bench.run(rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="cli"))


def paused(bench: Bench) -> set[int | None]:
    return {one.release for one in bench.engine.places["shop", "order"].occupants.values() if one.paused}


def calls(bench: Bench, *names: str) -> list[str]:
    return [call[0] for call in bench.engine.calls if call[0] in names]


def warnings(bench: Bench, deployment: Deployment) -> list[Warned]:
    return [r.event for r in bench.ledger.events(deployment.id) if isinstance(r.event, Warned)]


def test_it_is_frozen_once_its_soak_is_over_and_its_connections_are_cut(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    bench.engine.places["shop", "order"].connections["blue"] = 3
    tend(bench.workshop)
    assert paused(bench) == set()
    bench.clock.forward(61)
    tend(bench.workshop)
    tend(bench.workshop)
    assert paused(bench) == {1}
    assert calls(bench, "cut", "pause")[-2:] == ["cut", "pause"]
    assert bench.ledger.deployment(second.id).phase is Phase.LIVE


def test_undo_thaws_it_and_starts_nothing_and_the_other_one_is_frozen_in_its_turn(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.clock.forward(61)
    tend(bench.workshop)
    observe.look(bench.workshop)
    view = observe.component_view(bench.site, "shop", "order")
    assert view.since is not None
    assert view.undo_until is not None
    assert (view.undo_until - view.since).total_seconds() == 3600
    starts = len(calls(bench, "start"))
    assert undo(bench).phase is Phase.LIVE
    assert (bench.serving(), paused(bench), len(calls(bench, "start"))) == (1, set(), starts)
    bench.clock.forward(61)
    tend(bench.workshop)
    assert paused(bench) == {2}
    bench.clock.forward(3600)
    tend(bench.workshop)
    assert set(bench.occupants()) == {1}


@pytest.mark.parametrize(
    ("library", "kind"),
    [
        ("eureka-client-2.0.1.jar", "a client of a registry"),
        ("kafka-clients-3.6.1.jar", "a client of a broker"),
        ("xxl-job-core-2.4.0.jar", "a scheduler"),
        ("HikariCP-5.1.0.jar", "a pool of connections, or locks"),
    ],
)
def test_one_that_holds_something_of_others_is_stopped_at_the_end_of_its_soak_and_it_is_said_why(
    bench: Bench, library: str, kind: str
) -> None:
    live(bench, with_library("1.0", library))
    second = live(bench, with_library("2.0", library))
    said = next(one for one in warnings(bench, second) if one.code == "keep-not-paused")
    assert said.variant == "libraries"
    assert f"{library.rpartition('-')[0]} ({kind})" in said.message
    observe.look(bench.workshop)
    view = observe.component_view(bench.site, "shop", "order")
    assert view.since is not None
    assert view.undo_until is not None
    assert (view.undo_until - view.since).total_seconds() == 60
    bench.clock.forward(61)
    tend(bench.workshop)
    assert set(bench.occupants()) == {2}
    assert calls(bench, "pause") == []
    assert bench.ledger.deployment(second.id).phase is Phase.SETTLED


def test_it_is_the_former_release_that_counts_and_not_the_new_one(bench: Bench) -> None:
    live(bench, with_library("1.0", "spring-web-6.1.0.jar"))
    second = live(bench, with_library("2.0", "quartz-2.3.2.jar"))
    assert [one for one in warnings(bench, second) if one.code == "keep-not-paused"] == []
    back = undo(bench)
    assert [one.code for one in warnings(bench, back)] == ["keep-not-paused"]


def test_where_the_host_cannot_freeze_it_is_said_and_the_former_one_goes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(slots: FakeSlots, occupant: Occupant) -> None:
        raise Failure("fake-broken", "no freezer")

    monkeypatch.setattr(FakeSlots, "pause", refuses)
    bench.live("1.0")
    second = bench.live("2.0")
    bench.clock.forward(61)
    tend(bench.workshop)
    tend(bench.workshop)
    assert "no freezer" in next(one.message for one in warnings(bench, second) if one.code == "keep-not-paused")
    assert set(bench.occupants()) == {2}


def test_a_worker_that_was_lost_before_it_froze_leaves_that_to_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(slots: FakeSlots, slot: str) -> None:
        raise RuntimeError(slot)

    bench.live("1.0")
    bench.live("2.0")
    bench.clock.forward(61)
    with monkeypatch.context() as patched:
        patched.setattr(FakeSlots, "cut", lost)
        with pytest.raises(RuntimeError):
            tend(bench.workshop)
    tend(bench.workshop)
    assert paused(bench) == {1}
