"""What a published application changes and holds: the real jars, a real base, the service's route; a fake engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from buildsvc.doors import words
from buildsvc.doors.http.app import create_app
from buildsvc.image.sbom.document import document
from buildsvc.image.sbom.referrer import SBOM_TYPE, attached
from buildsvc.model.access import Role
from buildsvc.model.bill import licence_list
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Compared
from buildsvc.usecases.aside import sbom
from buildsvc.usecases.receive import intake
from scripts.made import MadeBases
from tests.doors_site import QUICK
from tests.workshops import Bench

RELEASES = "/api/applications/shop/components/order/releases"


@pytest.fixture(autouse=True)
def written_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "document", document)


@pytest.fixture
def bench(tmp_path: Path, ready_bases: MadeBases) -> Bench:
    """A bench whose bases for Java are real ones."""
    made = Bench(tmp_path / "data", java=None)
    ready_bases.into(tmp_path / "data")
    made.apply()
    return made


def push(bench: Bench, jar: Path) -> Deployment:
    with jar.open("rb") as stream:
        told = intake.Upload(jar.name, "ann", "api", "shop", "order")
        return bench.run(intake.receive(bench.site, stream, told))


@pytest.mark.long
def test_a_published_application_says_what_it_changes_and_what_is_in_it(
    bench: Bench, zipkin_jars: tuple[Path, Path]
) -> None:
    older, newer = zipkin_jars
    push(bench, older)
    deployment = push(bench, newer)
    assert deployment.release == 2
    (event,) = (one.event for one in bench.ledger.events(deployment.id) if isinstance(one.event, Compared))
    assert event.classes_changed > 10
    assert event.libraries_changed > 100
    assert event.keys_changed >= 1
    assert "HikariCP" in words.tell(event)

    sbom.tend(bench.workshop)
    release = bench.ledger.release("shop", "order", 2)
    kept = attached(bench.site.layout, release.image.manifest, SBOM_TYPE)
    assert kept is not None
    plain, _ = bench.ledger.create_token("v", Role.VIEWER)
    client = create_app(bench.site, pace=QUICK).test_client()
    answer = client.get(f"{RELEASES}/2/sbom", headers={"Authorization": f"Bearer {plain}"})
    assert (answer.status_code, answer.mimetype) == (200, SBOM_TYPE)
    assert answer.data == kept
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(answer.text) is None

    told = json.loads(answer.data)
    purls = {one["purl"] for one in told["components"] if "purl" in one}
    assert any(purl.startswith("pkg:deb/debian/libc6@") and "distro=debian-12" in purl for purl in purls)
    assert any(purl.startswith("pkg:deb/debian/openjdk-17-jre-headless@") for purl in purls)
    assert sum(purl.startswith("pkg:maven/") for purl in purls) > 100
    nested = [one for one in told["components"] if one["bom-ref"].startswith("BOOT-INF/lib/")]
    assert len(nested) > 150
    assert all(one["hashes"][0]["alg"] == "SHA-256" and one["version"] for one in nested)
    java = next(one for one in told["components"] if (one["type"], one["name"]) == ("platform", "java"))
    assert java["version"].startswith("17.")

    listed = dict(licence_list(told))
    assert len(listed["Apache-2.0"]) > 50
    assert any(name.startswith("spring-core ") for name in listed["Apache-2.0 (by its text)"])
    assert any(name.startswith("slf4j-api ") for name in listed["MIT"])
    assert sum(map(len, listed.values())) > len(listed["(not stated)"]) * 3
