"""A data directory that a former version wrote is opened by this one, and nothing in it is lost.

Each file in tests/fixtures is such a directory, packed; tests/fixtures/README.md says what was done in it.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc import wiring
from buildsvc.image.recall import recall
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause, Phase
from buildsvc.settings.reading import read
from buildsvc.store.backup import write_backup
from buildsvc.store.restore import read_back
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import judged

FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMER = sorted(FIXTURES.glob("site-*.tar.xz"))


@pytest.fixture(params=FORMER, ids=lambda path: path.name)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    data = tmp_path / "data"
    with tarfile.open(request.param) as tar:
        tar.extractall(data, filter="data")
    opened = wiring.open_site(read({"BUILDSVC_DATA": str(data), "HOME": str(tmp_path)}))
    yield opened
    wiring.close(opened)


def test_there_is_one_for_the_first_version() -> None:
    assert "site-0.1.0.tar.xz" in [path.name for path in FORMER]


def test_applications_releases_and_what_is_live_are_there(site: Site) -> None:
    assert [stored.application.name for stored in site.ledger.applications()] == ["shop"]
    assert sorted(release.number for release in site.ledger.releases("shop", "order")) == [1, 2, 3]
    assert {name: live.release.number for name, live in site.ledger.live_all("shop").items()} == {
        "order": 2,
        "stock": 1,
    }


def test_deployments_are_there_with_all_their_events_and_steps(site: Site) -> None:
    deployments = {one.id: one for one in site.ledger.deployments(limit=100)}
    assert len(deployments) == 6
    assert {one.phase for one in deployments.values()} == {Phase.SETTLED, Phase.FAILED, Phase.QUEUED}
    assert sum(len(site.ledger.events(one)) for one in deployments) == 56
    (apply,) = [one for one in deployments.values() if one.cause is Cause.APPLY]
    assert apply.application == "shop"
    assert [one.component for one in site.ledger.unended()] == ["order"]


def test_secrets_open_tokens_let_in_and_the_audit_is_readable(site: Site) -> None:
    assert site.secrets.get("shop", "EXTRA") == "sehr geheim"
    assert site.secrets.get("shop", "order/DB_PASSWORD") == "geheim"
    admin = site.ledger.token("token-of-the-fixture-admin")
    laptop = site.ledger.token("token-of-the-fixture-laptop")
    assert admin is not None
    assert laptop is not None
    assert (admin.role, laptop.role, laptop.applications) == (Role.ADMIN, Role.DEVELOPER, ("shop",))
    assert [entry.action for entry in site.ledger.audit_entries()] == ["token.create"]


def test_every_artifact_is_understood_and_every_image_is_whole(site: Site) -> None:
    for component in ("order", "stock"):
        for release in site.ledger.releases("shop", component):
            assert judged(site, release.artifact, release.filename, ()).sha256 == release.artifact
            image = recall(site.layout, release.image.manifest, release.image.reference)
            assert all(site.layout.verify(layer.descriptor.digest) for layer in image.layers)
    assert sorted(base.kind for base in site.bases.list()) == ["gateway", "jre"]
    assert [verdict.damaged for verdict in site.bases.verify()] == [(), ()]


def test_it_is_backed_up_and_restored_as_one_of_this_version(site: Site, tmp_path: Path) -> None:
    made = write_backup(site.settings.data, site.ledger, tmp_path / "site.tar", bases=True)
    assert made.missing == ()
    shutil.rmtree(site.settings.data / "blobs")
    read_back(made.path, tmp_path / "again")
    again = wiring.open_site(read({"BUILDSVC_DATA": str(tmp_path / "again"), "HOME": str(tmp_path)}))
    assert again.secrets.get("shop", "EXTRA") == "sehr geheim"
    assert [verdict.damaged for verdict in again.bases.verify()] == [(), ()]
    wiring.close(again)
