"""A restart: by a swap of the release that serves; who asked and why is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Conflict
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.stop.again import submit_restart
from tests.doors_site import Door, record_release
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(COMPOSE)
    return made


def active(bench: Bench) -> set[str]:
    return {one.id for one in bench.engine.instances("shop") if one.active}


def test_a_jar_component_is_restarted_by_a_swap_of_the_release_that_serves(bench: Bench) -> None:
    first = bench.live("1.0")
    before = active(bench)
    accepted = submit_restart(bench.site, first.application, first.component, actor="ann", door="web")
    again = bench.run(accepted)
    assert (again.cause, again.phase, again.release) == (Cause.RESTART, Phase.LIVE, first.release)
    after = active(bench)
    assert len(after) == len(before)
    assert after != before


def test_a_restart_behind_a_push_restarts_what_was_pushed(bench: Bench) -> None:
    bench.live("1.0")
    pushed = bench.push("2.0", application="shop", component="order")
    waiting = submit_restart(bench.site, "shop", "order", actor="ann", door="web")
    assert bench.run(pushed).release == 2
    again = bench.run(waiting)
    assert (again.phase, again.release, bench.serving()) == (Phase.LIVE, 2, 2)


def test_an_instance_that_does_not_come_up_leaves_the_one_that_served(bench: Bench) -> None:
    first = bench.live("1.0")
    before = active(bench)
    bench.engine.broken |= {"wait_healthy"}
    accepted = submit_restart(bench.site, first.application, first.component, actor="ann", door="web")
    assert bench.run(accepted).phase is Phase.FAILED
    assert active(bench) == before


def test_what_waits_for_its_first_jar_has_nothing_to_restart(bench: Bench) -> None:
    name = bench.ledger.application_names()[0]
    jar = bench.ledger.application(name).application.jar_components[0].name
    with pytest.raises(Conflict, match="nothing to restart"):
        submit_restart(bench.site, name, jar, actor="ann", door="web")


def test_an_operator_restarts_and_the_reason_is_in_the_audit_log(tmp_path: Path) -> None:
    door = Door(tmp_path)
    record_release(door, "order", "order-1.0.jar", "1.0")
    path = "/api/applications/shop/components/order/restart"
    assert door.client().post(path, json={}, headers=door.headers(Role.DEVELOPER)).status_code == 403
    answer = door.client().post(path, json={"reason": "it leaks"}, headers=door.headers(Role.OPERATOR))
    assert (answer.status_code, answer.get_json()["deployment"]["cause"]) == (202, "restart")
    assert door.ledger.audit_entries(1)[0].detail["reason"] == "it leaks"
    door.close()
