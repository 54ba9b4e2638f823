"""What the observer says when the engine is silent, and the readings of the last hour."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from buildpacks.errors import NotFound
from buildsvc.engines.base import Usage
from buildsvc.model.instance import Snapshot
from buildsvc.store.usage_samples import UsageSamples
from buildsvc.usecases.look import metering, observe
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def test_while_the_engine_is_silent_what_was_seen_grows_older(bench: Bench) -> None:
    bench.apply()
    observe.look(bench.workshop)
    seen = bench.clock.now()
    bench.engine.broken.add("instances")
    bench.clock.forward(30)
    observe.look(bench.workshop)
    bench.clock.forward(4)
    view = observe.application_view(bench.site, "shop")
    assert (view.seen, view.age, view.engine_answers) == (seen, 34, False)
    assert view.problem == "instances was told to fail."
    assert {part.name: part.state for part in view.components}["cache"] == "running"


def test_an_engine_that_answers_again_is_believed_at_once(bench: Bench) -> None:
    bench.apply()
    bench.engine.broken.add("instances")
    observe.look(bench.workshop)
    silent = observe.application_view(bench.site, "shop")
    assert (silent.seen, silent.age, silent.engine_answers) == (None, None, False)
    assert {part.state for part in silent.components} == {"unknown"}
    bench.engine.broken.clear()
    observe.look(bench.workshop)
    view = observe.application_view(bench.site, "shop")
    assert (view.age, view.engine_answers, view.problem) == (0, True, "")


def test_nobody_knows_of_the_engine_when_the_observer_is_gone(bench: Bench) -> None:
    bench.apply()
    assert observe.application_view(bench.site, "shop").engine_answers is None
    observe.look(bench.workshop)
    bench.clock.forward(observe.FRESH + 1)
    view = observe.application_view(bench.site, "shop")
    assert (view.age, view.engine_answers) == (observe.FRESH + 1, None)


def test_a_snapshot_of_a_former_version_is_read(bench: Bench) -> None:
    bench.apply()
    bench.ledger.save_snapshots([Snapshot("shop", bench.clock.now(), "docker", ())])
    assert observe.application_view(bench.site, "shop").engine_answers is True


def metered(bench: Bench, memory: int, cpu: float) -> None:
    observe.look(bench.workshop)
    (cache,) = [one.id for one in bench.engine.instances() if one.component == "cache"]
    bench.engine.uses[cache] = Usage(memory, cpu, 1 << 30)
    metering.read_usage(bench.workshop)


def test_readings_become_memory_and_busy_cores(bench: Bench) -> None:
    bench.apply()
    for memory, cpu in ((10, 3.0), (20, 10.5), (15, 0.5)):
        metered(bench, memory, cpu)
        bench.clock.forward(metering.EVERY)
    (cache,) = metering.usage_view(bench.site, "shop", "cache").instances
    assert (cache.name, cache.limit) == ("shop-cache-1", 1 << 30)
    # The third is of the same instance, started again: its count began anew.
    assert [(point.memory, point.cores) for point in cache.points] == [(10, None), (20, 0.5), (15, None)]


def test_readings_survive_a_restart_and_are_forgotten_after_an_hour(bench: Bench) -> None:
    bench.apply()
    metered(bench, 10, 1.0)
    path = bench.settings.paths.usage
    since = bench.clock.now() - timedelta(hours=2)
    assert len(UsageSamples(path).of("shop", "cache", since)) == 1
    bench.clock.forward(3601)
    metered(bench, 20, 2.0)
    assert [one.memory for one in UsageSamples(path).of("shop", "cache", since)] == [20]


def test_a_damaged_file_of_readings_is_begun_anew(bench: Bench) -> None:
    bench.apply()
    bench.settings.paths.usage.write_bytes(b"no database at all" * 100)
    assert metering.usage_view(bench.site, "shop", "cache").instances == ()
    metered(bench, 10, 1.0)
    assert len(metering.usage_view(bench.site, "shop", "cache").instances) == 1


def test_gateways_and_what_does_not_run_are_not_read(bench: Bench) -> None:
    bench.apply()
    observe.look(bench.workshop)
    assert metering.read_usage(bench.workshop) == 1
    bench.engine.stop("shop-cache-1", 1)
    observe.look(bench.workshop)
    assert metering.read_usage(bench.workshop) == 0


def test_usage_of_a_component_that_is_not_there_names_what_is(bench: Bench) -> None:
    bench.apply()
    with pytest.raises(NotFound):
        metering.usage_view(bench.site, "shop", "cach")
