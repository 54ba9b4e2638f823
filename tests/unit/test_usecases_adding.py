"""A component is added by a few words: no file is touched, and every file that comes after leaves it there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import yaml

from buildpacks.errors import Conflict, Denied, Failure, NotFound, Refused
from buildsvc.model.api import Accepted
from buildsvc.model.application import Dependency, HttpCheck, Secret
from buildsvc.model.deployment import Phase
from buildsvc.model.own_changes import AddedComponent, OwnSettings
from buildsvc.usecases.apply import laid_by_site
from buildsvc.usecases.apply.added_by_site import plan_added, submit_added, submit_gone
from buildsvc.usecases.apply.configured import configuration
from buildsvc.usecases.apply.submit import submit, submit_removal
from tests.workshops import COMPOSE, Bench, jar

REPORT = OwnSettings(
    environment={"MODE": "f$ast", "DB_PASSWORD": "t0p"},
    memory="256m",
    ports=("9090:8090",),
    health="/ready",
    mounts=("figures:/var/figures",),
    added=AddedComponent("report-service", 8090, ("stock",)),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(COMPOSE)
    return made


def asked(bench: Bench, settings: OwnSettings = REPORT, name: str = "report", application: str = "shop") -> Accepted:
    return submit_added(bench.site, application, name, settings, actor="ann", door="web", reason="figures")


def added(bench: Bench, settings: OwnSettings = REPORT, name: str = "report", application: str = "shop") -> None:
    assert bench.run(asked(bench, settings, name, application)).phase is Phase.SETTLED


def names(bench: Bench, application: str = "shop") -> list[str]:
    return [one.name for one in bench.ledger.application(application).application.components]


def gone(bench: Bench, name: str = "report") -> Accepted:
    return submit_gone(bench.site, "shop", name, actor="ann", door="web", reason="")


def test_it_is_there_as_it_was_described_and_waits_for_its_jar(bench: Bench) -> None:
    before = bench.ledger.application("shop").application.components
    added(bench)
    part = bench.ledger.component("shop", "report")
    assert part.jar is not None
    assert (part.jar.artifact, part.jar.health, part.expose) == ("report-service", HttpCheck("/ready"), (8090,))
    assert (part.depends_on, part.limits.memory) == ((Dependency("stock"),), 256 << 20)
    assert dict(part.environment) == {"MODE": "f$ast", "DB_PASSWORD": Secret("report/DB_PASSWORD")}
    assert bench.site.secrets.get("shop", "report/DB_PASSWORD") == "t0p"
    assert [(one.source, one.target) for one in part.mounts] == [("figures", "/var/figures")]
    assert [one.name for one in bench.ledger.application("shop").application.volumes] == ["shop_figures"]
    assert part.networks == bench.ledger.component("shop", "stock").networks
    assert [one for one in bench.ledger.application("shop").application.components if one.name != "report"] == list(
        before
    )


def test_its_first_jar_finds_it_by_what_it_calls_itself(bench: Bench) -> None:
    added(bench)
    accepted = bench.push(data=jar("1.0", "report-service"), anyway=False)
    assert (accepted.component, bench.run(accepted).release) == ("report", 1)


def test_the_next_file_leaves_it_there_and_does_not_ask_to_remove_it(bench: Bench) -> None:
    added(bench)
    part = bench.ledger.component("shop", "report")
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 30s"))
    assert bench.ledger.component("shop", "report") == part


def test_a_file_that_names_it_takes_it_over(bench: Bench) -> None:
    added(bench)
    named = f"{COMPOSE}  report:\n    x-buildsvc: {{artifact: other}}\n    expose: ['8090']\n"
    bench.apply(named)
    part = bench.ledger.component("shop", "report")
    assert part.jar is not None
    assert (part.jar.artifact, part.limits.memory) == ("other", 256 << 20)
    bench.apply(COMPOSE, remove_orphans=True)
    assert "report" not in names(bench)


def test_it_is_configured_like_any_other_and_stays_what_it_is(bench: Bench) -> None:
    added(bench)
    only = OwnSettings(memory="128m")
    done = laid_by_site.submit_change(bench.site, "shop", "report", only, actor="ann", door="web", reason="less")
    assert bench.run(done).phase is Phase.SETTLED
    part = bench.ledger.component("shop", "report")
    assert (part.expose, part.limits.memory, part.environment, part.ports, part.mounts) == (
        (8090,),
        128 << 20,
        (),
        (),
        (),
    )
    told = configuration(bench.site, "shop", "report")
    assert [one.reason for one in told.changes] == ["less", "figures"]
    assert told.added


def test_an_application_may_begin_with_it(bench: Bench) -> None:
    first = OwnSettings(added=AddedComponent("web", 8080))
    added(bench, first, "web", "fresh")
    added(bench, OwnSettings(added=AddedComponent("", 8081, ("web",))), "side", "fresh")
    assert names(bench, "fresh") == ["side", "web"]
    assert [one.name for one in bench.ledger.application("fresh").application.networks] == ["fresh_default"]


def test_what_was_added_is_a_compose_file_too(bench: Bench) -> None:
    added(bench)
    told = yaml.safe_load(laid_by_site.overlay(bench.site, "shop"))
    assert told["volumes"] == {"figures": None}
    assert told["services"]["report"] == {
        "x-buildsvc": {"health": {"path": "/ready"}, "artifact": "report-service"},
        "expose": ["8090"],
        "environment": {"MODE": "f$$ast"},
        "mem_limit": "256m",
        "ports": ["9090:8090"],
        "volumes": ["figures:/var/figures"],
        "depends_on": ["stock"],
    }


def test_what_was_added_goes_again_and_no_file_brings_it_back(bench: Bench) -> None:
    added(bench)
    going = gone(bench)
    stream = BytesIO(COMPOSE.encode())
    waiting = submit(bench.site, stream, file=None, content_type="application/yaml", actor="bea", door="api")
    assert bench.run(going).phase is Phase.SETTLED
    assert bench.run(waiting).phase is Phase.SETTLED
    assert "report" not in names(bench)
    added(bench)
    assert "report" in names(bench)


def test_what_goes_is_only_what_the_site_added_and_nobody_needs(bench: Bench) -> None:
    with pytest.raises(Conflict, match="order"):
        gone(bench, "order")
    added(bench)
    added(bench, OwnSettings(added=AddedComponent("", 1, ("report",))), "later")
    with pytest.raises(Conflict, match="later"):
        gone(bench)


def test_with_its_application_it_is_forgotten(bench: Bench) -> None:
    added(bench)
    assert bench.run(submit_removal(bench.site, "shop", actor="ann", door="api")).phase is Phase.SETTLED
    bench.apply(COMPOSE)
    assert "report" not in names(bench)


@pytest.mark.parametrize(
    ("name", "wrong", "kind", "code"),
    [
        ("order", OwnSettings(added=AddedComponent("")), Conflict, "component-there"),
        ("report", OwnSettings(added=AddedComponent("", None, ("nobody",))), NotFound, "no-such-component"),
        ("report", OwnSettings(added=AddedComponent("", None, ("report",))), Conflict, "needs-itself"),
        ("report", OwnSettings(ports=("8080:1",), added=AddedComponent("")), Conflict, "port-of-another"),
        ("re port", OwnSettings(added=AddedComponent("")), Refused, "bad-name"),
        ("report", OwnSettings(memory="much", added=AddedComponent("")), Refused, "wrong-value"),
        ("report", OwnSettings(mounts=("./here:/there",), added=AddedComponent("")), Refused, "mount-beside"),
        ("report", OwnSettings(mounts=("/etc:/there",), added=AddedComponent("")), Denied, "policy-denied"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_planned_and_nothing_changes(
    bench: Bench, name: str, wrong: OwnSettings, kind: type[Failure], code: str
) -> None:
    before = bench.ledger.application("shop").application
    with pytest.raises(kind) as planned:
        plan_added(bench.site, "shop", name, wrong)
    with pytest.raises(kind):
        asked(bench, wrong, name)
    assert planned.value.code == code
    assert bench.ledger.application("shop").application == before
    assert laid_by_site.changes_of(bench.site, "shop") == ()


def test_a_plan_names_it_alone_and_changes_nothing(bench: Bench) -> None:
    told = plan_added(bench.site, "shop", "report", REPORT)
    assert (told.new, told.added, told.changed, told.removed) == (False, ("report",), (), ())
    assert "report" not in names(bench)
