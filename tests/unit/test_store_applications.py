from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.application import Application, Placement
from buildsvc.model.artifact import Identity
from buildsvc.model.deployment import Phase
from buildsvc.model.instance import Instance, Snapshot
from buildsvc.store.ledger import Ledger
from tests.ledgers import ORDER, PLACEMENT, SHOP, deployment, forward, open_ledger, release


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_an_application_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    stored = ledger.application("shop")
    assert (stored.application, stored.placement, stored.actor) == (SHOP, PLACEMENT, "ann")
    assert stored.created == stored.updated == ledger.clock.now()
    assert ledger.applications() == (stored,)


def test_an_update_keeps_when_it_was_created(ledger: Ledger) -> None:
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    made = ledger.clock.now()
    forward(ledger, 60)
    ledger.save_application(Application("shop", (ORDER,)), Placement(), actor="bob")
    stored = ledger.application("shop")
    assert stored.application.components == (ORDER,)
    assert (stored.created, stored.updated, stored.actor) == (made, made + timedelta(seconds=60), "bob")


def test_an_unknown_application_or_component_is_answered_with_the_near_ones(ledger: Ledger) -> None:
    with pytest.raises(NotFound) as nothing:
        ledger.application("shop")
    assert nothing.value.hint == "There is none yet."
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    with pytest.raises(NotFound) as application:
        ledger.application("shopp")
    assert application.value.code == "no-such-application"
    assert application.value.hint == "Did you mean 'shop'?"
    with pytest.raises(NotFound) as component:
        ledger.component("shop", "xyz")
    assert component.value.code == "no-such-component"
    assert component.value.hint == "There are: order, redis."
    assert ledger.component("shop", "order") == ORDER


def test_removing_an_application_ends_what_waits_and_keeps_its_history(ledger: Ledger) -> None:
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    ledger.remember_identity("shop", "order", Identity(title="order"))
    ledger.save_sealed("shop", "s", b"x")
    soaking, waiting = deployment(ledger), deployment(ledger)
    made = release(ledger)
    ledger.advance(soaking.id, Phase.LIVE)
    ledger.set_live("shop", "order", 1, soaking.id, fence=None)
    ledger.remove_application("shop")
    assert ledger.applications() == ()
    assert ledger.identity("shop", "order") is None
    assert ledger.sealed("shop") == {}
    assert ledger.live("shop", "order") is None
    assert [ledger.deployment(d.id).phase for d in (soaking, waiting)] == [Phase.SETTLED, Phase.CANCELLED]
    assert ledger.unended() == ()
    assert ledger.releases("shop", "order") == (made,)


def test_an_application_is_not_removed_in_the_middle_of_a_swap(ledger: Ledger) -> None:
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    ledger.advance(deployment(ledger).id, Phase.SWAPPING)
    with pytest.raises(Conflict) as failure:
        ledger.remove_application("shop")
    assert failure.value.code == "deployment-running"
    assert ledger.application("shop").application == SHOP


def test_the_last_accepted_identity_of_a_component_is_remembered(ledger: Ledger) -> None:
    assert ledger.identity("shop", "order") is None
    ledger.remember_identity("shop", "order", Identity("a", "b", "c", "d"))
    ledger.remember_identity("shop", "order", Identity(spring_name="order"))
    assert ledger.identity("shop", "order") == Identity(spring_name="order")
    assert ledger.identity("shop", "other") is None


def test_the_newest_snapshot_of_each_application_is_kept(ledger: Ledger) -> None:
    now = ledger.clock.now()
    instance = Instance("1", "n", "shop", "order", "instance", "running", "i", now, slot="blue", release=3, active=True)
    ledger.save_snapshots([Snapshot("shop", now, "docker", ())])
    newest = Snapshot("shop", now, "docker", (instance,), "")
    other = Snapshot("bank", now, "docker", (), "the engine does not answer")
    ledger.save_snapshots([])
    ledger.save_snapshots([newest, other])
    assert ledger.snapshot("shop") == newest
    assert ledger.snapshot("none") is None
    assert ledger.snapshots() == (other, newest)
