"""What an apply would do is told before, nothing is taken away unasked, and what falls is a failure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Refused
from buildsvc.engines.base import Fallen
from buildsvc.model.api import ApplyPlan, ChangedComponent
from buildsvc.model.deployment import Phase
from buildsvc.usecases.apply import submit
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def plan(bench: Bench, text: str) -> ApplyPlan:
    return submit.plan(bench.site, io.BytesIO(text.encode()), file=None, content_type="application/yaml")


def test_a_new_application_is_all_added_and_nothing_is_changed_by_asking(bench: Bench) -> None:
    told = plan(bench, COMPOSE)
    assert (told.application, told.new, told.changed, told.removed) == ("shop", True, (), ())
    assert {"order", "cache"} <= set(told.added)
    assert bench.ledger.applications() == ()


def test_changed_keys_and_gaps_are_named(bench: Bench) -> None:
    bench.apply()
    assert plan(bench, COMPOSE).changed == ()
    told = plan(bench, COMPOSE.replace("GREETING: hello", "GREETING: goodbye").replace("redis:7", "redis:8"))
    assert told.changed == (
        ChangedComponent("cache", ("image",), gap=True),
        ChangedComponent("order", ("environment",), gap=False),
    )


def test_what_the_policy_denies_is_told_by_the_plan_with_the_command_that_admits_it(bench: Bench) -> None:
    told = plan(bench, COMPOSE.replace("8080:8080", "80:8080"))
    assert told.added != ()
    denied = [one for one in told.warnings if "does not allow" in one]
    assert len(denied) == 1
    assert "buildsvc policy allow ports 80 --app shop" in denied[0]
    assert not any("does not allow" in one for one in plan(bench, COMPOSE).warnings)


def test_another_secret_is_a_change_of_the_environment(bench: Bench) -> None:
    bench.apply()
    told = plan(bench, COMPOSE.replace("geheim", "other"))
    assert [(one.name, one.keys) for one in told.changed] == [("order", ("environment",))]


def test_what_a_file_does_not_name_is_not_removed_unasked(bench: Bench) -> None:
    bench.apply()
    before = bench.ledger.application("shop").application
    renamed = COMPOSE.replace("  cache:", "  store:")
    assert plan(bench, renamed).removed == ("cache",)
    with pytest.raises(Conflict, match="shop runs cache, which this file does not name") as caught:
        bench.apply(renamed, remove_orphans=False)
    assert caught.value.code == "would-remove"
    assert bench.ledger.application("shop").application == before
    assert bench.apply(renamed).phase is Phase.SETTLED
    assert bench.ledger.application("shop").application.component("cache") is None


def test_an_image_component_that_falls_fails_the_apply_with_its_last_lines(bench: Bench) -> None:
    bench.engine.fallen = (Fallen("cache", 1, ("bad directive",)),)
    failed = bench.apply()
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "components-ended")
    assert "cache (1)" in (failed.error_message or "")
    assert bench.ledger.application("shop").application.component("cache") is not None
    assert bench.apply().phase is Phase.SETTLED


def test_all_that_stands_in_the_way_is_told_at_once_and_nothing_changes(bench: Bench) -> None:
    bench.engine.obstructed = (
        Refused("port-held", component="order", port=8080, holder="nginx (4711)"),
        Refused("source-missing", components=["cache"], source="/srv/redis"),
    )
    failed = bench.apply(COMPOSE.replace("redis:7", "absent:1"))
    assert failed.error_code == "not-ready"
    told = failed.error_message or ""
    for part in ("absent:1", "port 8080", "nginx (4711)", "/srv/redis", "docker load -i FILE"):
        assert part in told
    assert bench.ledger.applications() == ()
    assert bench.engine.calls == [] or ("ensure", "shop") not in bench.engine.calls


def test_one_obstacle_is_told_as_itself(bench: Bench) -> None:
    bench.engine.obstructed = (Refused("source-missing", components=["cache"], source="/srv/redis"),)
    assert bench.apply().error_code == "source-missing"
