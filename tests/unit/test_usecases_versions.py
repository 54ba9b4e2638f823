"""Versions of a whole application: made, installed, upgraded, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from buildpacks.errors import Conflict, DeploymentFailed, Refused
from buildsvc.model.application import Component
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.version import ApplicationSnapshot, Version, differences
from buildsvc.usecases.deploy.settling import look_at_soak
from buildsvc.usecases.look.reporting import report
from buildsvc.usecases.perform import perform
from buildsvc.usecases.versions import ask, create
from buildsvc.usecases.versions.ask import Change
from tests import small_images
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "data")
    layer = small_images.layer(bench.site.layout, {"bin/redis": b"redis"})
    bench.site.images.put(small_images.image(bench.site.layout, [layer], reference="redis:7"))
    bench.apply()
    for component in ("order", "stock"):
        bench.live("1.0", component)
    settle(bench)
    return bench


def settle(bench: Bench) -> None:
    """Let every soak end."""
    bench.clock.forward(3600)
    for _ in range(5):
        for one in bench.ledger.unended():
            perform(bench.workshop, one.id)
            look_at_soak(bench.workshop, bench.ledger.deployment(one.id))


def version(bench: Bench, name: str | None = None, application: str = "shop") -> Version:
    accepted = create.submit(bench.site, application, name=name, note="", actor="ann", door="api")
    assert bench.run(accepted).phase is Phase.SETTLED
    return bench.ledger.versions(application)[0]


def change(bench: Bench, wanted: str, cause: Cause = Cause.UPGRADE, **more: object) -> Deployment:
    told: dict[str, object] = {"name": "shop", **more}
    accepted = ask.submit(bench.site, Change("shop", wanted, cause=cause, actor="ann", door="api", **told))  # type: ignore[arg-type]
    return bench.run(accepted)


def untouched(bench: Bench) -> Mapping[str, str]:
    return {one.name: one.id for one in bench.engine.instances("shop")}


def test_a_version_pins_every_component(bench: Bench) -> None:
    made = version(bench, "1.0.0")
    assert (made.number, made.name) == (1, "1.0.0")
    assert {jar.component: jar.release for jar in made.snapshot.jars} == {"order": 1, "stock": 1}
    assert [image.images[0].reference for image in made.snapshot.images] == ["redis:7"]
    assert made.snapshot.secrets == ("order/DB_PASSWORD",)
    assert "geheim" not in repr(made)


def test_nothing_changed_makes_no_version(bench: Bench) -> None:
    first = version(bench)
    assert version(bench) == first
    assert len(bench.ledger.versions("shop")) == 1


def test_a_component_that_waits_has_nothing_to_be_kept(bench: Bench) -> None:
    bench.apply(COMPOSE + "  mail:\n    x-buildsvc: {}\n    expose: ['8080']\n")
    accepted = create.submit(bench.site, "shop", name=None, note="", actor="ann", door="api")
    failed = bench.run(accepted)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "component-waiting")


@pytest.mark.parametrize("name", ["7", "", "a b", "x" * 61, "../x"])
def test_a_name_that_cannot_be_one_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(Refused, match="cannot name"):
        create.submit(bench.site, "shop", name=name, note="", actor="ann", door="api")


def test_a_name_is_given_once(bench: Bench) -> None:
    version(bench, "1.0.0")
    with pytest.raises(Conflict, match="already"):
        create.submit(bench.site, "shop", name="1.0.0", note="", actor="ann", door="api")


def test_an_upgrade_touches_what_changed_and_nothing_else(bench: Bench) -> None:
    version(bench, "1.0.0")
    bench.live("2.0")
    settle(bench)
    two = version(bench, "2.0.0")
    assert change(bench, "1.0.0", Cause.ROLLBACK).phase is Phase.SETTLED
    before = untouched(bench)
    assert bench.serving("order") != 2
    assert change(bench, "2.0.0").phase is Phase.SETTLED
    assert bench.ledger.live_all("shop")["order"].release.artifact == two.snapshot.jars[0].artifact
    after = untouched(bench)
    assert {name for name in after if before.get(name) == after[name]} >= {
        name for name in before if "stock" in name or "cache" in name or "gateway" in name
    }


def test_each_swap_is_a_deployment_under_the_change(bench: Bench) -> None:
    version(bench, "1.0.0")
    bench.live("2.0")
    settle(bench)
    whole = change(bench, "1.0.0", Cause.ROLLBACK)
    children = [one for one in bench.ledger.deployments("shop") if one.parent == whole.id]
    assert [(one.component, one.phase) for one in children] == [("order", Phase.SETTLED)]
    assert "component-brought" in bench.kinds(whole)
    told = report(bench.site, whole.id)
    image = bench.ledger.live_all("shop")["order"].release.image.manifest
    assert image in dict(told.digests).values()
    assert [one.id for one in told.parts] == [children[0].id]


def failing(bench: Bench, component: str) -> None:
    """Make a version in which this component's image never becomes healthy."""
    newest = bench.ledger.versions("shop")[0]
    jars = tuple(
        replace(
            jar,
            artifact=jar.artifact[::-1] if jar.component == component else jar.artifact,
            images=tuple(
                replace(one, image=replace(one.image, reference=f"{one.image.reference}-never-healthy"))
                for one in jar.images
            )
            if jar.component == component
            else jar.images,
        )
        for jar in newest.snapshot.jars
    )
    bench.ledger.create_version("shop", replace(newest.snapshot, jars=jars), name="bad", note="", actor="ann")


def test_one_component_that_fails_takes_the_whole_change_back(bench: Bench) -> None:
    version(bench, "1.0.0")
    for component in ("order", "stock"):
        bench.live("2.0", component)
    settle(bench)
    version(bench, "2.0.0")
    change(bench, "1.0.0", Cause.ROLLBACK)
    served = {name: one.release.artifact for name, one in bench.ledger.live_all("shop").items()}
    failing(bench, "stock")
    failed = change(bench, "bad")
    assert failed.phase is Phase.SWITCHED_BACK
    assert failed.error_code == "component-failed"
    assert "stock" in (failed.error_message or "")
    assert {name: one.release.artifact for name, one in bench.ledger.live_all("shop").items()} == served
    assert "taken-back" in bench.kinds(failed)


def test_what_a_version_adds_and_removes(bench: Bench) -> None:
    version(bench, "1.0.0")
    bench.apply(COMPOSE + "  web:\n    image: redis:7\n")
    two = version(bench, "2.0.0")
    assert two.snapshot.application.component("web") is not None
    assert change(bench, "1.0.0", Cause.ROLLBACK).phase is Phase.SETTLED
    assert bench.ledger.application("shop").application.component("web") is None
    assert not any("web" in one.name for one in bench.engine.instances("shop"))
    assert change(bench, "2.0.0").phase is Phase.SETTLED
    assert bench.ledger.application("shop").application.component("web") is not None


def test_an_installation_under_another_name_stands_beside(bench: Bench) -> None:
    version(bench, "1.0.0")
    done = change(bench, "1.0.0", Cause.INSTALL, name="shop2", secrets={"order/DB_PASSWORD": "andere"})
    assert done.phase is Phase.SETTLED
    stored = bench.ledger.application("shop2").application
    assert {one.name for one in stored.components} == {"order", "stock", "cache"}
    assert set(bench.ledger.live_all("shop2")) == {"order", "stock"}
    assert bench.site.secrets.get("shop2", "order/DB_PASSWORD") == "andere"


def test_an_installation_asks_for_what_only_a_site_knows(bench: Bench) -> None:
    version(bench, "1.0.0")
    known = bench.ledger.deployments()
    with pytest.raises(Refused, match=r"order/DB_PASSWORD") as refused:
        change(bench, "1.0.0", Cause.INSTALL, name="shop2")
    assert refused.value.code == "secrets-missing"
    assert bench.ledger.deployments() == known


def test_an_installation_over_another_application_is_refused(bench: Bench) -> None:
    version(bench, "1.0.0")
    with pytest.raises(Conflict, match="already"):
        change(bench, "1.0.0", Cause.INSTALL)


def test_an_installation_that_failed_goes_on_with_the_same_command(bench: Bench) -> None:
    version(bench, "1.0.0")
    kept = bench.engine.roll_out

    def fail(*_: object) -> NoReturn:
        raise DeploymentFailed("unhealthy", "It never answered.", "Look at its log.")

    bench.engine.roll_out = fail  # type: ignore[method-assign,assignment]
    failed = change(bench, "1.0.0", Cause.INSTALL, name="shop2", secrets={"order/DB_PASSWORD": "x"})
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "component-failed")
    bench.engine.roll_out = kept  # type: ignore[method-assign]
    assert change(bench, "1.0.0", Cause.INSTALL, name="shop2").phase is Phase.SETTLED


def test_the_sites_own_changes_survive_an_upgrade(bench: Bench) -> None:
    version(bench, "1.0.0")
    change(bench, "1.0.0")
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: guten tag"))
    settle(bench)
    two = bench.ledger.versions("shop")[0]
    components = tuple(
        replace(one, labels=(("new", "yes"),)) if one.name == "order" else one
        for one in two.snapshot.application.components
    )
    snapshot = replace(two.snapshot, application=replace(two.snapshot.application, components=components))
    bench.ledger.create_version("shop", snapshot, name="2.0.0", note="", actor="ann")
    seen = ask.outlook(bench.site, Change("shop", "2.0.0", "shop", Cause.UPGRADE, "ann", "api"))
    assert seen.kept == ("order.environment.GREETING",)
    assert change(bench, "2.0.0").phase is Phase.SETTLED
    order = bench.ledger.application("shop").application.component("order")
    assert order is not None
    assert dict(order.environment)["GREETING"] == "guten tag"
    assert dict(order.labels) == {"new": "yes"}


def test_where_both_changed_the_same_somebody_must_say(bench: Bench) -> None:
    version(bench, "1.0.0")
    change(bench, "1.0.0")
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: guten tag"))
    settle(bench)
    snapshot = changed(bench.ledger.versions("shop")[0].snapshot, "order", environment=(("GREETING", "bonjour"),))
    bench.ledger.create_version("shop", snapshot, name="2.0.0", note="", actor="ann")
    with pytest.raises(Refused, match=r"order.environment.GREETING \(here guten tag, there bonjour\)"):
        change(bench, "2.0.0")
    assert change(bench, "2.0.0", answers={"order.environment.GREETING": "site"}).phase is Phase.SETTLED


def changed(snapshot: ApplicationSnapshot, component: str, **fields: object) -> ApplicationSnapshot:
    def one(part: Component) -> Component:
        return replace(part, **fields) if part.name == component else part  # type: ignore[arg-type]

    parts = tuple(one(part) for part in snapshot.application.components)
    return replace(snapshot, application=replace(snapshot.application, components=parts))


def test_differences_name_what_they_are(bench: Bench) -> None:
    before = version(bench, "1.0.0").snapshot
    bench.live("2.0")
    settle(bench)
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: salut").replace("  cache:\n    image: redis:7\n", ""))
    settle(bench)
    after = version(bench, "2.0.0").snapshot
    found = {one.component: (one.what, one.details) for one in differences(before, after)}
    assert found["order"][0] == "replaced"
    assert "environment GREETING" in found["order"][1]
    assert found["cache"] == ("removed", ())


def test_a_change_that_is_run_again_after_a_lost_worker_ends_the_same(bench: Bench) -> None:
    version(bench, "1.0.0")
    bench.live("2.0")
    settle(bench)
    accepted = ask.submit(bench.site, Change("shop", "1.0.0", "shop", Cause.ROLLBACK, "ann", "api"))
    bench.lost(accepted)
    assert bench.run(accepted, bench.worker("two")).phase is Phase.SETTLED


def test_a_taking_back_that_lost_its_worker_is_finished_and_nothing_is_brought_anew(bench: Bench) -> None:
    version(bench, "1.0.0")
    change(bench, "1.0.0")
    failing(bench, "stock")
    served = {name: one.release.artifact for name, one in bench.ledger.live_all("shop").items()}
    accepted = ask.submit(bench.site, Change("shop", "bad", "shop", Cause.UPGRADE, "ann", "api"))
    assert accepted.deployment is not None
    steps = partial(bench.ledger.steps, accepted.deployment.id)
    bench.lost(accepted, when=lambda: any(step.name == "take-back" for step in steps()))
    calls = len(bench.engine.calls)
    assert bench.run(accepted, bench.worker("two")).phase is Phase.SWITCHED_BACK
    assert {name: one.release.artifact for name, one in bench.ledger.live_all("shop").items()} == served
    assert not any(call[0] in {"load", "roll_out"} for call in bench.engine.calls[calls:])
