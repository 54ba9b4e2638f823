from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildpacks.errors import Failure, NotFound, Refused
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.apply import submit
from buildsvc.usecases.look import observe
from buildsvc.usecases.perform import perform
from tests import small_images
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def finish(bench: Bench) -> None:
    while queued := bench.jobs.take():
        for deployment in queued:
            perform(bench.workshop, deployment)


def test_an_application_is_installed_and_its_jar_components_wait(bench: Bench) -> None:
    assert bench.apply().phase is Phase.SETTLED
    stored = bench.ledger.application("shop")
    assert {part.name for part in stored.application.components} == {"order", "stock", "cache"}
    assert bench.engine.places.keys() == {("shop", "order"), ("shop", "stock")}
    observe.look(bench.workshop)
    states = {part.name: part.state for part in observe.application_view(bench.site, "shop").components}
    assert states == {"order": "waiting", "stock": "waiting", "cache": "running"}


def test_a_faulty_file_is_refused_and_changes_nothing(bench: Bench) -> None:
    bench.apply()
    known = bench.ledger.deployments()
    with pytest.raises(Refused):
        bench.apply(COMPOSE.replace("expose", "exspose"))
    assert bench.ledger.deployments() == known
    assert list(bench.settings.paths.tmp.iterdir()) == []


def test_a_file_that_is_too_large_is_refused(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        submit.submit(
            bench.site,
            io.BytesIO(b"#" * (1 << 20) + b"\n"),
            file=None,
            content_type="application/yaml",
            actor="ann",
            door="api",
        )
    assert refused.value.code == "compose-too-large"


def test_a_failed_installation_leaves_the_application_as_it_was(bench: Bench) -> None:
    bench.apply()
    before = bench.ledger.application("shop").application
    failed = bench.apply(COMPOSE.replace("redis:7", "mysql:8"))
    assert failed.phase is Phase.FAILED
    assert failed.error_code == "image-missing"
    assert bench.ledger.application("shop").application == before


def test_an_image_of_the_cache_is_loaded_where_the_engine_lacks_it(bench: Bench) -> None:
    bench.apply()
    made = small_images.image(
        bench.site.layout, [small_images.layer(bench.site.layout, {"usr/sbin/mysqld": b"x"})], reference="mysql:8"
    )
    bench.site.images.put(made)
    applied = bench.apply(COMPOSE.replace("redis:7", "mysql:8"))
    assert applied.phase is not Phase.FAILED, applied.error_message
    assert bench.engine.have(("mysql:8",))


def test_a_changed_spec_deploys_its_component_and_no_other(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    bench.live("1.0", "stock")
    finish(bench)
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: goodbye"))
    queued = [bench.ledger.deployment(one) for one in bench.jobs.waiting]
    assert [(one.component, one.cause) for one in queued if not one.phase.serving] == [("order", Cause.SPEC)]
    finish(bench)
    assert bench.serving() == 2
    assert bench.serving("stock") == 1


def test_the_same_file_again_changes_nothing(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    finish(bench)
    calls = [call for call in bench.engine.calls if call[0] == "roll_out"]
    bench.apply()
    finish(bench)
    assert [call for call in bench.engine.calls if call[0] == "roll_out"] == calls


def test_a_secret_is_stored_apart_and_plain_only_where_it_runs(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    data = bench.settings.data
    for file in (data / "ledger.db", data / "ledger.db-wal"):
        if file.exists():
            assert b"geheim" not in file.read_bytes()
    assert bench.site.secrets.resolve("shop", bench.ledger.component("shop", "order").environment) == {
        "GREETING": "hello",
        "DB_PASSWORD": "geheim",
    }


def test_a_removed_application_is_gone_from_engine_and_list(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    finish(bench)
    removed = bench.run(submit.submit_removal(bench.site, "shop", actor="ann", door="api"))
    assert removed.phase is Phase.SETTLED
    assert bench.engine.places == {}
    with pytest.raises(NotFound):
        bench.ledger.application("shop")
    assert bench.apply().phase is Phase.SETTLED
    finish(bench)
    assert bench.live("1.1").phase is Phase.LIVE


def test_two_applications_get_networks_of_their_own(bench: Bench) -> None:
    bench.apply()
    bench.apply(COMPOSE.replace("name: shop", "name: depot"))
    first, second = (bench.ledger.application(name).placement for name in ("shop", "depot"))
    assert len(set(first.networks)) == len(set(second.networks)) == 1
    assert not set(first.networks) & set(second.networks)


def test_while_the_engine_is_away_the_last_look_stays_with_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.apply()
    bench.live("1.0")
    observe.look(bench.workshop)
    assert observe.component_view(bench.site, "shop", "order").state == "running"

    def away(_application: str | None = None) -> tuple[()]:
        raise Failure("engine-away", "The engine does not answer.")

    monkeypatch.setattr(bench.engine, "instances", away)
    bench.clock.forward(30)
    observe.look(bench.workshop)
    view = observe.application_view(bench.site, "shop")
    assert view.problem == "The engine does not answer."
    assert any(part.instances for part in view.components)


def test_releases_are_listed_newest_first_with_the_live_one_marked(bench: Bench) -> None:
    bench.apply()
    for version in ("1.0", "2.0"):
        bench.live(version)
    listed = observe.release_views(bench.site, "shop", "order")
    assert [(one.number, one.live) for one in listed] == [(2, True), (1, False)]


def test_an_image_of_the_cache_is_named_by_its_kind_and_recorded_exactly(bench: Bench) -> None:
    base = small_images.base(bench.site.layout, None, kind="redis")
    bench.site.bases.put(base)
    assert bench.apply(COMPOSE.replace("redis:7", "buildsvc/redis")).phase is Phase.SETTLED
    assert bench.ledger.component("shop", "cache").image == base.image.reference
    failed = bench.apply(COMPOSE.replace("redis:7", "buildsvc/nginx"))
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "no-base-image")


def test_applying_again_brings_back_what_somebody_took_away(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    finish(bench)
    bench.engine.places["shop", "order"].occupants.clear()
    bench.engine.places["shop", "order"].active = None
    bench.apply()
    finish(bench)
    assert bench.serving() == 2
