"""Going back to the release that still runs: a switch, told as it is, and a start where it would not be the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Warned
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.deploy.settling import look_at_soak
from buildsvc.usecases.look import observe
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def undo(bench: Bench) -> Deployment:
    return bench.run(rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="cli"))


def starts(bench: Bench) -> int:
    return sum(call[0] == "start" for call in bench.engine.calls)


def warnings(bench: Bench, deployment: Deployment) -> list[Warned]:
    return [r.event for r in bench.ledger.events(deployment.id) if isinstance(r.event, Warned)]


def live_release(bench: Bench) -> int:
    live = bench.ledger.live("shop", "order")
    assert live is not None
    return live.release.number


def test_an_undo_and_the_undo_of_it_switch_and_start_nothing(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    before, containers = starts(bench), set(bench.engine.places["shop", "order"].occupants)
    for release in (1, 2, 1):
        back = undo(bench)
        assert (back.phase, back.release) == (Phase.LIVE, release)
        assert (bench.serving(), live_release(bench)) == (release, release)
    assert starts(bench) == before
    assert set(bench.engine.places["shop", "order"].occupants) == containers
    assert bench.ledger.deployment(second.id).phase is Phase.SETTLED
    bench.clock.forward(61)
    tend(bench.workshop)
    assert bench.occupants() == {1: "blue"}


def test_an_undone_release_that_crashes_is_switched_back_to_the_other_one(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    place = bench.engine.places["shop", "order"]
    first = next(one for one in place.occupants.values() if one.release == 1)
    place.occupants[first.id] = replace(first, restarts=4)
    back = undo(bench)
    tend(bench.workshop)
    assert bench.ledger.deployment(back.id).phase is Phase.LIVE, "its restarts of former days are no crash"
    place.occupants[first.id] = replace(place.occupants[first.id], restarts=5)
    tend(bench.workshop)
    assert bench.ledger.deployment(back.id).phase is Phase.SWITCHED_BACK
    assert (bench.serving(), live_release(bench)) == (2, 2)


def test_a_secret_that_changed_since_is_said_and_the_release_is_started_anew(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    names = [one.name for _, one in bench.ledger.component("shop", "order").environment if not isinstance(one, str)]
    for name in names:
        bench.site.secrets.put("shop", name, "another")
    before = starts(bench)
    back = undo(bench)
    assert (back.phase, bench.serving(), starts(bench)) == (Phase.LIVE, 1, before + 1)
    assert [(one.code, one.variant) for one in warnings(bench, back)] == [("undo-anew", "values")]


def test_an_image_component_that_changed_since_is_named_and_the_release_is_started_anew(bench: Bench) -> None:
    bench.live("1.0")
    observe.look(bench.workshop)
    bench.live("2.0")
    cache = bench.engine.others["shop-cache-1"]
    bench.engine.others["shop-cache-1"] = replace(cache, id="another")
    observe.look(bench.workshop)
    before = starts(bench)
    back = undo(bench)
    assert (back.phase, bench.serving(), starts(bench)) == (Phase.LIVE, 1, before + 1)
    (said,) = warnings(bench, back)
    assert (said.variant, said.values) == ("components", {"changed": ["cache"], "component": "order"})


def test_an_instance_whose_health_fails_by_now_is_started_anew(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.engine.places["shop", "order"].unhealthy = "503"
    before = starts(bench)
    back = undo(bench)
    assert (back.phase, bench.serving(), starts(bench)) == (Phase.LIVE, 1, before + 1)
    assert [one.variant for one in warnings(bench, back)] == ["health"]


def test_an_undo_after_the_soak_starts_the_release_anew(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.clock.forward(61)
    tend(bench.workshop)
    before = starts(bench)
    assert undo(bench).phase is Phase.LIVE
    assert (bench.serving(), starts(bench)) == (1, before + 1)


def test_keep_lets_the_former_one_run_behind_its_soak_and_the_view_says_until_when(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 60s, keep: 1h"))
    bench.live("1.0")
    second = bench.live("2.0")
    bench.engine.places["shop", "order"].connections["blue"] = 3
    bench.clock.forward(1800)
    tend(bench.workshop)
    observe.look(bench.workshop)
    assert look_at_soak(bench.workshop, second), "nobody waits for the end of keeping"
    assert bench.ledger.deployment(second.id).phase is Phase.LIVE
    assert bench.engine.places["shop", "order"].connections == {}, "what it carried was cut when its soak was over"
    view = observe.component_view(bench.site, "shop", "order")
    assert view.since is not None
    assert view.undo_until is not None
    assert (view.undo_until - view.since).total_seconds() == 3600
    before = starts(bench)
    assert undo(bench).phase is Phase.LIVE
    assert (bench.serving(), starts(bench)) == (1, before)
    assert bench.ledger.deployment(second.id).phase is Phase.SETTLED
    bench.clock.forward(3601)
    tend(bench.workshop)
    observe.look(bench.workshop)
    assert set(bench.occupants()) == {1}
    assert observe.component_view(bench.site, "shop", "order").undo_until is None


def test_a_kept_instance_is_given_up_when_memory_is_short_and_not_before_its_soak_is_over(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 60s, keep: 1h"))
    bench.live("1.0")
    second = bench.live("2.0")
    bench.memory = 100 << 20
    tend(bench.workshop)
    assert set(bench.occupants()) == {1, 2}
    bench.clock.forward(61)
    tend(bench.workshop)
    assert set(bench.occupants()) == {2}
    assert "keep-given-up" in [one.code for one in warnings(bench, second)]
