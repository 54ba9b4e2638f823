"""What is to run and does not is brought up again; what somebody stopped stays stopped; crash loops are told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Warned
from buildsvc.model.evidence import BroughtUp, FoundDown
from buildsvc.usecases.look import observe
from buildsvc.usecases.perform import perform
from buildsvc.usecases.stop import still
from buildsvc.usecases.tend.recovery import tend
from buildsvc.usecases.tend.steward import Steward
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live()
    made.clock.forward(61)
    tend(made.workshop)
    made.jobs.take()
    return made


def _seconds(bench: Bench) -> float:
    return bench.clock.time.timestamp()


@pytest.fixture
def steward(bench: Bench) -> Steward:
    """One that has seen the engine for a long time."""
    made = Steward(partial(_seconds, bench))
    observe.look(bench.workshop)
    made.tend(bench.site)
    bench.clock.forward(600)
    return made


def pass_by(bench: Bench, steward: Steward, seconds: float, every: float = 5.0) -> list[Deployment]:
    """Look every few seconds, and let workers do what was queued; the deployments that they did."""
    done = []
    for _ in range(int(seconds / every)):
        observe.look(bench.workshop)
        steward.tend(bench.site)
        for deployment in bench.jobs.take():
            perform(bench.workshop, deployment)
            done.append(bench.ledger.deployment(deployment))
        bench.clock.forward(every)
    return done


def change(bench: Bench, release: int, **how: object) -> None:
    place = bench.engine.places["shop", "order"]
    one = next(one for one in place.occupants.values() if one.release == release)
    place.occupants[one.id] = replace(one, **how)  # type: ignore[arg-type]


def runs(bench: Bench) -> bool:
    place = bench.engine.places["shop", "order"]
    return any(one.running and one.slot == place.active for one in place.occupants.values())


def cache_is(bench: Bench, state: str) -> bool:
    return bench.engine.others["shop-cache-1"].state == state


def all_down(bench: Bench) -> None:
    """As a Docker Engine that was killed leaves it: everything ended, as if by hand."""
    change(bench, 1, running=False, exit_code=255)
    others = bench.engine.others.items()
    bench.engine.others = {name: replace(one, state="exited", exit_code=255) for name, one in others}


def test_what_runs_is_left_alone(bench: Bench, steward: Steward) -> None:
    assert pass_by(bench, steward, 300) == []


def test_an_instance_stopped_by_hand_is_brought_up_after_a_minute_and_not_before(
    bench: Bench, steward: Steward
) -> None:
    change(bench, 1, running=False, exit_code=143)
    assert pass_by(bench, steward, 60) == []
    (repaired,) = pass_by(bench, steward, 20)
    assert (repaired.cause, repaired.phase, repaired.component) == (Cause.REPAIR, Phase.SETTLED, "order")
    assert runs(bench)
    told = [recorded.event for recorded in bench.ledger.events(repaired.id)]
    assert FoundDown(("order (instance)",)) in told
    assert BroughtUp(("order",)) in told
    assert pass_by(bench, steward, 300) == []


def test_after_the_engine_was_away_everything_comes_back_within_seconds(bench: Bench, steward: Steward) -> None:
    bench.engine.broken.add("instances")
    assert pass_by(bench, steward, 20) == []
    bench.engine.broken.clear()
    all_down(bench)
    (repaired,) = pass_by(bench, steward, 15)
    assert (repaired.component, repaired.phase) == ("", Phase.SETTLED)
    assert runs(bench)
    assert {one.state for one in bench.engine.others.values()} == {"running"}


def test_an_instance_whose_container_is_gone_is_started_from_its_release(bench: Bench, steward: Steward) -> None:
    place = bench.engine.places["shop", "order"]
    place.occupants.clear()
    (repaired,) = pass_by(bench, steward, 80)
    assert (repaired.cause, repaired.phase, repaired.release) == (Cause.REPAIR, Phase.LIVE, 1)
    assert bench.serving() == 1


def test_what_does_not_come_up_is_tried_less_and_less_often(bench: Bench, steward: Steward) -> None:
    change(bench, 1, running=False, exit_code=1)
    bench.engine.broken.add("revive")
    tried = pass_by(bench, steward, 1200)
    assert {one.phase for one in tried} == {Phase.FAILED}
    gaps = [(after.created - before.created).total_seconds() for before, after in pairwise(tried)]
    assert gaps == sorted(gaps)
    assert len(tried) < 9
    bench.engine.broken.clear()
    assert pass_by(bench, steward, 1200)[-1].phase is Phase.SETTLED
    assert runs(bench)


def test_what_is_stopped_by_command_stays_stopped_until_it_is_started(bench: Bench, steward: Steward) -> None:
    stopped = bench.run(still.submit_stop(bench.site, "shop", "order", seconds=None, actor="ann", door="cli"))
    bench.jobs.take()
    assert (stopped.cause, stopped.phase) == (Cause.STOP, Phase.SETTLED)
    assert not runs(bench)
    assert pass_by(bench, steward, 600) == []
    view = observe.component_view(bench.site, "shop", "order")
    assert (view.state, view.stopped_by) == ("stopped", "ann")
    bench.run(still.submit_start(bench.site, "shop", "order", actor="ann", door="cli"))
    bench.jobs.take()
    assert runs(bench)
    observe.look(bench.workshop)
    assert observe.component_view(bench.site, "shop", "order").stopped_by is None


def test_the_whole_application_stops_gateways_excepted_and_starts_again(bench: Bench, steward: Steward) -> None:
    bench.run(still.submit_stop(bench.site, "shop", "", seconds=None, actor="ann", door="cli"))
    bench.jobs.take()
    states = {one.role: one.state for one in bench.engine.instances("shop")}
    assert states == {"instance": "exited", "image": "exited", "gateway": "running"}
    assert pass_by(bench, steward, 600) == []
    bench.run(still.submit_start(bench.site, "shop", "", actor="ann", door="cli"))
    assert {one.state for one in bench.engine.instances("shop")} == {"running"}


def test_a_maintenance_that_is_over_is_ended_by_the_steward(bench: Bench, steward: Steward) -> None:
    bench.run(still.submit_stop(bench.site, "shop", "order", seconds=900, actor="ann", door="cli"))
    bench.jobs.take()
    assert pass_by(bench, steward, 895) == []
    assert [one.phase for one in pass_by(bench, steward, 120)] == [Phase.SETTLED]
    assert runs(bench)


def test_a_push_of_the_live_jar_deploys_it_where_nothing_serves(bench: Bench) -> None:
    observe.look(bench.workshop)
    assert bench.push().already_live == 1
    change(bench, 1, running=False, exit_code=255)
    observe.look(bench.workshop)
    accepted = bench.push()
    assert accepted.already_live is None
    assert bench.run(accepted).phase is Phase.LIVE
    assert runs(bench)


def test_a_push_of_a_stopped_component_lets_it_run_again(bench: Bench, steward: Steward) -> None:
    bench.run(still.submit_stop(bench.site, "shop", "order", seconds=None, actor="ann", door="cli"))
    bench.jobs.take()
    assert bench.live("2.0").phase is Phase.LIVE
    assert bench.ledger.stopped("shop") == ()


def test_a_crash_loop_is_counted_and_told_once(bench: Bench, steward: Steward) -> None:
    for restarts in range(1, 8):
        change(bench, 1, restarts=restarts)
        pass_by(bench, steward, 20)
    live = bench.ledger.live("shop", "order")
    assert live is not None
    told = [r.event for r in bench.ledger.events(live.deployment) if isinstance(r.event, Warned)]
    assert [one.code for one in told].count("crash-loop") == 1
    assert bench.ledger.notices()["crash-loop"] == 1


def test_the_keepers_are_told_of_a_repair(bench: Bench, steward: Steward, caplog: pytest.LogCaptureFixture) -> None:
    change(bench, 1, running=False, exit_code=143)
    (repaired,) = pass_by(bench, steward, 80)
    assert bench.ledger.notices() == {"steward-repair": 1}
    assert f"notice: steward-repair shop/order: shop: order (instance) down, repaired by {repaired.id}." in caplog.text


def test_what_is_under_way_is_not_repaired_beside_it(bench: Bench, steward: Steward) -> None:
    change(bench, 1, running=False, exit_code=143)
    waiting = bench.push("2.0")
    bench.jobs.take()
    assert pass_by(bench, steward, 120) == []
    assert bench.run(waiting).phase is Phase.LIVE


ONCE = COMPOSE.replace("image: redis:7", 'image: redis:7\n    restart: "no"')


def test_what_nothing_restarts_is_started_again_where_it_went_down_with_the_engine(
    bench: Bench, steward: Steward
) -> None:
    bench.apply(ONCE)
    bench.jobs.take()
    cache = bench.engine.others["shop-cache-1"]
    bench.engine.others["shop-cache-1"] = replace(cache, state="exited", exit_code=0)
    assert pass_by(bench, steward, 300) == [], "it has done its work"
    bench.engine.broken.add("instances")
    pass_by(bench, steward, 20)
    bench.engine.broken.clear()
    bench.engine.others["shop-cache-1"] = replace(cache, state="exited", exit_code=255)
    assert [one.phase for one in pass_by(bench, steward, 30)] == [Phase.SETTLED]
    assert bench.engine.others["shop-cache-1"].state == "running"


def test_what_ran_when_it_was_stopped_is_started_though_nothing_restarts_it(bench: Bench, steward: Steward) -> None:
    bench.apply(ONCE)
    bench.run(still.submit_stop(bench.site, "shop", "", seconds=None, actor="ann", door="cli"))
    assert cache_is(bench, "exited")
    bench.run(still.submit_start(bench.site, "shop", "", actor="ann", door="cli"))
    assert cache_is(bench, "running")
