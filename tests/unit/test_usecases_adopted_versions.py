"""Versions of an application that was adopted: made, compared, gone back to; what no jar is known of says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import NotFound
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.usecases.aside import sbom
from buildsvc.usecases.tend.keeping import recorded
from buildsvc.usecases.versions import ask, create, export
from buildsvc.usecases.versions.ask import Change
from buildsvc.usecases.versions.views import difference
from tests.adopting import Adopting


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adopting:
    found = Adopting(tmp_path / "data", monkeypatch)
    found.adopt()
    monkeypatch.setattr(found.bench.site.images, "take", lambda _source, _reference: (found.kept,))
    return found


def version(site: Adopting, name: str) -> Deployment:
    made = create.submit(site.bench.site, "shop", name=name, note="", actor="ann", door="api")
    return site.bench.run(made)


def test_a_version_is_made_of_what_was_adopted_and_a_difference_says_that_no_jar_is_known(site: Adopting) -> None:
    assert version(site, "before").phase is Phase.SETTLED
    assert difference(site.bench.site, "shop", "before", "live") == ()
    site.pushed()
    (change,) = difference(site.bench.site, "shop", "before", "live")
    assert (change.component, change.what) == ("order", "replaced")
    assert change.details == ("shop/order → order-service.jar", "no jar is known of shop/order")


def test_the_whole_application_goes_back_to_what_was_adopted(site: Adopting) -> None:
    version(site, "before")
    site.pushed()
    version(site, "after")
    asked = Change("shop", "before", "shop", Cause.ROLLBACK, "ann", "api")
    done = site.bench.run(ask.submit(site.bench.site, asked))
    assert done.phase is Phase.SETTLED, done.error_message
    assert site.bench.serving("order") == 1
    assert site.engine.others_made.container("id-shop-cache-1") is not None
    application = site.bench.ledger.application("shop").application
    assert [(one.name, one.external) for one in application.networks] == [("shop_default", True)]


def test_a_version_names_networks_and_volumes_that_any_site_makes_itself(site: Adopting) -> None:
    version(site, "before")
    application = site.bench.ledger.version("shop", "before").snapshot.application
    assert [(one.name, one.external) for one in application.networks] == [("shop_default", False)]
    assert [(one.name, one.external) for one in application.volumes] == [("shop_data", False)]
    assert {one.naming.container for one in application.components} == {None}


def test_a_version_of_what_was_adopted_does_not_travel(site: Adopting) -> None:
    version(site, "before")
    accepted = export.submit(site.bench.site, "shop", "before", platforms=(), have=(), actor="ann", door="api")
    done = site.bench.run(accepted)
    assert done.error_code == "no-jar-known"
    assert "order" in (done.error_message or "")


def test_what_was_adopted_has_no_bill_of_materials_and_says_why(site: Adopting) -> None:
    with pytest.raises(NotFound, match="no jar is known"):
        sbom.bill(site.bench.site, "shop", "order", 1)


def test_the_rule_never_lets_go_of_what_was_adopted(site: Adopting) -> None:
    for number in range(9):
        site.pushed(f"1.{number}")
        site.bench.clock.forward(90_000)
    assert 1 in {one.number for one in recorded(site.bench.site).kept_releases if one.component == "order"}
