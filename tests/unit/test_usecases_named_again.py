"""What was removed and is named again runs its last release, and `rollback` finds its way there."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Conflict
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.apply import submit
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.perform import perform
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench

WITHOUT = COMPOSE.replace("  order:\n", "  order-gone:\n", 1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "data")
    bench.apply()
    return bench


def work(bench: Bench) -> None:
    for deployment in bench.jobs.take():
        perform(bench.workshop, deployment)


def live_number(bench: Bench) -> int | None:
    found = bench.ledger.live("shop", "order")
    return found.release.number if found is not None else None


def test_a_component_that_is_removed_and_applied_again_runs_its_last_release(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.apply(WITHOUT)
    assert live_number(bench) is None
    bench.jobs.take()
    bench.apply()
    work(bench)
    assert (live_number(bench), bench.serving()) == (2, 2)
    newest = bench.ledger.deployments("shop", "order")[0]
    assert (newest.cause, newest.phase) == (Cause.SPEC, Phase.LIVE)
    assert "image-built" not in bench.kinds(newest)


def test_with_another_spec_its_last_jar_runs_with_that(bench: Bench) -> None:
    sent = bench.live("1.0")
    bench.apply(WITHOUT)
    bench.jobs.take()
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: goodbye"))
    work(bench)
    found = bench.ledger.live("shop", "order")
    assert found is not None
    assert found.release.artifact == sent.artifact
    assert dict(found.release.spec.environment)["GREETING"] == "goodbye"


def test_an_application_that_is_removed_and_applied_again_runs_its_last_releases(bench: Bench) -> None:
    bench.live("1.0")
    bench.run(submit.submit_removal(bench.site, "shop", actor="ann", door="api"))
    bench.jobs.take()
    bench.apply()
    work(bench)
    assert (live_number(bench), bench.serving()) == (1, 1)
    assert bench.serving("stock") is None


def test_a_rollback_without_a_number_goes_to_what_was_live_before_it_was_removed(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.apply(WITHOUT)
    bench.jobs.take()
    bench.apply()
    work(bench)
    back = bench.run(rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="cli"))
    assert (back.phase, back.release, bench.serving()) == (Phase.LIVE, 1, 1)


def test_what_was_switched_back_from_is_neither_brought_up_nor_gone_back_to(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    bench.engine.places["shop", "order"].unhealthy = "503"
    for _ in range(3):
        tend(bench.workshop)
    bench.engine.places["shop", "order"].unhealthy = None
    bench.apply(WITHOUT)
    bench.jobs.take()
    bench.apply()
    work(bench)
    assert live_number(bench) == 1
    with pytest.raises(Conflict) as caught:
        rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="cli")
    assert caught.value.code == "nothing-before"
