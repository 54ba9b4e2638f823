"""The first push of an adopted component puts its gateway in: agreed to, measured, and taken back where it fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.model.adoption_events import AdoptedBack, GatewayPutIn
from buildsvc.model.deployment import Phase
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.deploy.settling import look_at_soak
from buildsvc.usecases.stop import still
from tests.adopting import FILE, Adopting
from tests.engine_site import Lost
from tests.fake_engine.adopted import FakeAdoptedPlace

ORDER = "id-shop-order-1"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adopting:
    found = Adopting(tmp_path / "data", monkeypatch)
    found.adopt()
    found.engine.calls.clear()
    return found


def state(site: Adopting) -> str:
    found = site.engine.others_made.container(ORDER)
    assert found is not None
    return found.state


def test_the_first_push_is_refused_until_somebody_agrees_to_the_interruption(site: Adopting) -> None:
    with pytest.raises(Refused, match="interrupts it") as caught:
        site.pushed(accept_gap=False)
    assert caught.value.code == "gap-not-accepted"
    assert "--accept-gap" in caught.value.hint
    assert "shop-order-1" in caught.value.message
    assert (state(site), site.engine.calls) == ("running", [])
    assert site.pushed().phase is Phase.LIVE


def test_the_container_runs_until_the_new_version_is_healthy_and_then_gives_its_place_up(site: Adopting) -> None:
    done = site.pushed()
    assert done.phase is Phase.LIVE
    order = [call[0] for call in site.engine.calls]
    assert order.index("wait_healthy") < order.index("prepare_gateway") < order.index("stop")
    assert order.index("stop") < order.index("put_gateway_in")
    assert state(site) == "exited"
    (told,) = [one for one in site.events(done) if isinstance(one, GatewayPutIn)]
    assert (told.component, told.container, told.gap >= 0) == ("order", "shop-order-1", True)
    live = site.bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, live.previous, live.release.is_image_only) == (2, 1, False)
    again = site.pushed("2.0", accept_gap=False)
    assert again.phase is Phase.LIVE


def test_stop_first_stops_the_container_before_the_new_version_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Adopting(tmp_path / "data", monkeypatch)
    site.adopt(FILE.replace("soak: 60s", "soak: 60s, strategy: stop-first"))
    with pytest.raises(Refused, match="before the new version starts"):
        site.pushed(accept_gap=False)
    assert site.pushed().phase is Phase.LIVE
    order = [call[0] for call in site.engine.calls]
    assert order.index("stop") < order.index("start")


def test_a_version_that_never_gets_healthy_interrupts_nothing(site: Adopting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildsvc.usecases.deploy.deploy.reference_of", lambda _: "buildsvc/shop-order:never-healthy")
    before = site.standing()
    done = site.pushed()
    assert (done.phase, done.error_code) == (Phase.FAILED, "not-healthy")
    assert site.standing() == before
    assert "stop" not in [call[0] for call in site.engine.calls if call[1:2] == ("shop-order-1",)]
    assert site.engine.instances("shop") == ()
    live = site.bench.ledger.live("shop", "order")
    assert live is not None
    assert live.release.number == 1


def test_a_gateway_that_does_not_come_up_gives_the_container_its_ports_back(site: Adopting) -> None:
    site.engine.broken.add("put_gateway_in")
    done = site.pushed()
    assert done.phase is Phase.FAILED
    assert state(site) == "running"
    assert [one.container for one in site.events(done) if isinstance(one, AdoptedBack)] == ["shop-order-1"]
    assert site.engine.instances("shop") == ()
    site.engine.broken.clear()
    assert site.pushed().phase is Phase.LIVE


def test_a_version_that_falls_in_its_soak_gives_the_container_its_ports_back(site: Adopting) -> None:
    done = site.pushed()
    place = site.engine.places["shop", "order"]
    (one,) = place.occupants.values()
    place.occupants[one.id] = replace(one, running=False, exit_code=1)
    assert look_at_soak(site.bench.workshop, done)
    assert site.bench.ledger.deployment(done.id).phase is Phase.SWITCHED_BACK
    assert state(site) == "running"
    live, adoption = site.bench.ledger.live("shop", "order"), site.bench.ledger.adoption("shop")
    assert live is not None
    assert live.release.number == 1
    assert adoption is not None
    assert [one.waits_for_gateway for one in adoption.components if one.name == "order"] == [True]
    with pytest.raises(Refused):
        site.pushed("2.0", accept_gap=False)


def test_a_worker_that_is_lost_in_between_leaves_a_container_that_comes_back(
    site: Adopting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_self: object, _slot: str) -> None:
        raise Lost

    with monkeypatch.context() as patch:
        patch.setattr(FakeAdoptedPlace, "put_gateway_in", lost)
        accepted = site.accepted()
        with pytest.raises(Lost):
            site.bench.run(accepted)
    assert state(site) == "exited"
    assert accepted.deployment is not None
    site.bench.living.discard("one")
    done = site.bench.run(accepted, site.bench.worker("two"))
    assert (done.phase, done.error_code) == (Phase.FAILED, "worker-lost")
    assert state(site) == "running"


def test_a_rollback_to_what_was_adopted_goes_through_the_gateway(site: Adopting) -> None:
    site.pushed()
    asked = rollback.submit(site.bench.site, "shop", "order", to=1, actor="ann", door="api")
    site.engine.images.add(site.bench.ledger.release("shop", "order", 1).image.reference)
    assert site.bench.run(asked).phase is Phase.LIVE
    assert site.bench.serving("order") == 1
    assert state(site) == "exited"
    (one,) = [row for row in site.engine.places["shop", "order"].environments.values() if row.get("DB_PASSWORD")][-1:]
    assert one["GREETING"] == "hello"


def test_a_container_that_somebody_stopped_before_is_not_started_by_a_push_that_fails(
    site: Adopting, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.bench.run(still.submit_stop(site.bench.site, "shop", "order", seconds=None, actor="ann", door="api"))
    assert state(site) == "exited"
    monkeypatch.setattr("buildsvc.usecases.deploy.deploy.reference_of", lambda _: "buildsvc/shop-order:never-healthy")
    assert site.pushed().phase is Phase.FAILED
    assert state(site) == "exited"


def test_a_worker_interrupts_nothing_to_which_nobody_agreed(site: Adopting) -> None:
    accepted = site.accepted()
    assert accepted.deployment is not None
    site.bench.ledger.remember(f"accept-gap:{accepted.deployment.id}", None)
    done = site.bench.run(accepted)
    assert (done.phase, done.error_code) == (Phase.FAILED, "gap-not-accepted")
    assert (state(site), site.engine.instances("shop")) == ("running", ())
