"""The site's own changes over a Compose file: checked as one, brought live by a swap, laid over the next file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import yaml

from buildpacks.errors import Refused
from buildsvc.model.api import Accepted
from buildsvc.model.application import Component, Secret
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.own_changes import OwnSettings
from buildsvc.usecases.apply import laid_by_site
from buildsvc.usecases.apply.configured import configuration
from buildsvc.usecases.apply.submit import submit, submit_removal
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(COMPOSE)
    return made


def asked(bench: Bench, settings: OwnSettings, reason: str = "slow", component: str = "order") -> Accepted:
    return laid_by_site.submit_change(bench.site, "shop", component, settings, actor="ann", door="web", reason=reason)


def made(bench: Bench, accepted: Accepted) -> None:
    assert bench.run(accepted).phase is Phase.SETTLED


def change(bench: Bench, settings: OwnSettings, reason: str = "slow") -> None:
    made(bench, asked(bench, settings, reason))


def order(bench: Bench) -> Component:
    return bench.ledger.component("shop", "order")


def test_a_change_is_made_so_and_the_component_is_swapped(bench: Bench) -> None:
    bench.live("1.0")
    change(bench, OwnSettings(environment={"GREETING": "good $day", "PACE": "fast"}, memory="256m", cpus="1.5"))
    now = order(bench)
    assert dict(now.environment)["GREETING"] == "good $day"
    assert (now.limits.memory, now.limits.cpus) == (256 << 20, 1.5)
    queued = bench.ledger.deployments("shop", "order")[0]
    assert (queued.cause, queued.phase) == (Cause.SPEC, Phase.QUEUED)
    [noted] = laid_by_site.changes_of(bench.site, "shop")
    assert (noted.actor, noted.reason, noted.number) == ("ann", "slow", 1)


def test_the_next_file_keeps_what_the_site_changed(bench: Bench) -> None:
    change(bench, OwnSettings(environment={"GREETING": "good day"}, taken=("DB_PASSWORD",)))
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 30s"))
    now = order(bench)
    assert dict(now.environment) == {"GREETING": "good day"}
    assert now.jar is not None
    assert now.jar.soak == 30


def test_what_is_taken_back_is_as_the_file_says_again(bench: Bench) -> None:
    before = order(bench)
    change(bench, OwnSettings(memory="256m", ports=("9090:8080",), environment={"GREETING": "x"}))
    assert order(bench) != before
    change(bench, OwnSettings(), "back")
    assert order(bench) == before
    assert [one.reason for one in laid_by_site.changes_of(bench.site, "shop")] == ["slow", "back"]


def test_two_changes_that_wait_together_are_both_made_so(bench: Bench) -> None:
    first = asked(bench, OwnSettings(memory="256m"))
    second = asked(bench, OwnSettings(memory="128m"), component="stock")
    made(bench, first)
    made(bench, second)
    assert order(bench).limits.memory == 256 << 20
    assert bench.ledger.component("shop", "stock").limits.memory == 128 << 20
    assert [one.number for one in laid_by_site.changes_of(bench.site, "shop")] == [1, 2]
    before = order(bench)
    change(bench, OwnSettings())
    assert (before.limits.memory, order(bench).limits.memory) == (256 << 20, None)


def test_a_file_that_came_while_a_change_waited_keeps_the_change(bench: Bench) -> None:
    waiting = asked(bench, OwnSettings(memory="256m", taken=("GREETING",)))
    stream = BytesIO(COMPOSE.replace("soak: 60s", "soak: 30s").encode())
    behind = submit(bench.site, stream, file=None, content_type="application/yaml", actor="bea", door="api")
    made(bench, waiting)
    made(bench, behind)
    now = order(bench)
    assert (now.limits.memory, now.jar is not None and now.jar.soak) == (256 << 20, 30)
    change(bench, OwnSettings())
    assert (order(bench).limits.memory, dict(order(bench).environment)["GREETING"]) == (None, "hello")


def test_an_application_of_the_same_name_as_a_removed_one_is_as_its_file_says(bench: Bench) -> None:
    before = order(bench)
    change(bench, OwnSettings(environment={"API_TOKEN": "t0p"}, memory="256m"))
    assert bench.run(submit_removal(bench.site, "shop", actor="ann", door="api")).phase is Phase.SETTLED
    bench.apply(COMPOSE)
    assert order(bench) == before
    assert laid_by_site.changes_of(bench.site, "shop") == ()


def test_a_secret_is_kept_apart_and_stays_over_the_next_file(bench: Bench) -> None:
    change(bench, OwnSettings(environment={"DB_PASSWORD": "newer", "API_TOKEN": "t0p"}))
    bench.apply(COMPOSE)
    assert bench.site.secrets.get("shop", "order/DB_PASSWORD") == "newer"
    assert dict(order(bench).environment)["API_TOKEN"] == Secret("order/API_TOKEN")
    [noted] = laid_by_site.changes_of(bench.site, "shop")
    assert (dict(noted.settings.environment), noted.settings.secret) == ({}, ("API_TOKEN", "DB_PASSWORD"))
    assert "t0p" not in laid_by_site.overlay(bench.site, "shop")


def test_what_only_the_file_knows_to_be_a_secret_stays_one(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("soak: 60s", "secrets: [GREETING], soak: 60s"))
    assert dict(order(bench).environment)["GREETING"] == Secret("order/GREETING")
    change(bench, OwnSettings(environment={"GREETING": "0pen sesame"}))
    assert bench.site.secrets.get("shop", "order/GREETING") == "0pen sesame"
    [noted] = laid_by_site.changes_of(bench.site, "shop")
    assert (dict(noted.settings.environment), noted.settings.secret) == ({}, ("GREETING",))
    assert "0pen sesame" not in str(configuration(bench.site, "shop", "order"))
    assert "0pen sesame" not in laid_by_site.overlay(bench.site, "shop")


def test_what_can_be_downloaded_is_a_compose_file(bench: Bench) -> None:
    change(bench, OwnSettings(environment={"GREETING": "a$b"}, memory="256m", health="8081 /ready"))
    told = yaml.safe_load(laid_by_site.overlay(bench.site, "shop"))["services"]["order"]
    assert told["environment"] == {"GREETING": "a$$b"}
    assert told["x-buildsvc"] == {"health": {"path": "/ready", "port": 8081}}


@pytest.mark.parametrize("wrong", [OwnSettings(memory="much"), OwnSettings(ports=("0:0:0:0",)), OwnSettings(cpus="-1")])
def test_what_no_compose_file_may_say_is_refused_and_nothing_changes(bench: Bench, wrong: OwnSettings) -> None:
    before = order(bench)
    with pytest.raises(Refused):
        laid_by_site.submit_change(bench.site, "shop", "order", wrong, actor="ann", door="web", reason="")
    assert order(bench) == before
    assert laid_by_site.changes_of(bench.site, "shop") == ()


def test_a_plan_says_what_would_change_and_changes_nothing(bench: Bench) -> None:
    told = laid_by_site.plan_change(bench.site, "shop", "order", OwnSettings(memory="256m"))
    assert [(one.name, one.keys, one.gap) for one in told.changed] == [("order", ("limits",), False)]
    assert laid_by_site.changes_of(bench.site, "shop") == ()


def test_a_viewer_sees_of_a_health_command_the_program_alone(bench: Bench) -> None:
    check = "    image: redis:7\n    healthcheck: {test: [CMD, redis-cli, -a, geheim-77, ping]}\n"
    bench.apply(COMPOSE.replace("    image: redis:7\n", check))
    assert configuration(bench.site, "shop", "cache").health == "redis-cli …"
