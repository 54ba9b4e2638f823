"""The bill of a release: kept beside its image once it is live, made on demand otherwise, never in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import NotFound
from buildsvc.image.sbom import referrer
from buildsvc.image.sbom.document import document
from buildsvc.image.sbom.referrer import SBOM_TYPE, attached
from buildsvc.model.bill import licence_list
from buildsvc.model.deployment import Deployment
from buildsvc.model.release import Release
from buildsvc.usecases.aside import sbom
from tests import forge
from tests.workshops import Bench


@pytest.fixture(autouse=True)
def written_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python for each bill takes longer than all else here; `test_sbom_apart` starts one, and compares."""
    monkeypatch.setattr(sbom, "document", document)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def order(**how: Any) -> bytes:
    libraries = {
        "a-1.jar": forge.library("a.A", maven=("org.a", "a", "1"), attributes={"Bundle-License": "MIT"}),
        "b-1.jar": forge.library("b.B", extra={"META-INF/LICENSE": b"Apache License\nVersion 2.0, January 2004"}),
        "c-1.jar": forge.library("c.C"),
    }
    return forge.boot_jar(libraries=libraries, web=False, maven=("demo", "order-service", "1.0"), **how)


def push(bench: Bench, data: bytes) -> tuple[Deployment, Release]:
    deployment = bench.run(bench.push(application="shop", component="order", data=data))
    return deployment, bench.ledger.release("shop", "order", deployment.release or 0)


def lose(bench: Bench, release: Release) -> None:
    """As where somebody removed what lies beside the image."""
    layout, image = bench.site.layout, release.image.manifest
    for digest in referrer.blobs(layout, image):
        layout.delete(digest)
    referrer.place(layout, image).unlink(missing_ok=True)


def test_it_lies_beside_the_image_once_the_release_is_live(bench: Bench) -> None:
    _, release = push(bench, order())
    assert attached(bench.site.layout, release.image.manifest, SBOM_TYPE) is None
    sbom.tend(bench.workshop)
    kept = attached(bench.site.layout, release.image.manifest, SBOM_TYPE)
    assert kept is not None
    assert kept == sbom.bill(bench.site, "shop", "order", 1)
    told = json.loads(kept)
    assert told["metadata"]["component"]["purl"] == "pkg:maven/demo/order-service@1.0"
    names = {(one["type"], one["name"]) for one in told["components"]}
    assert {
        ("library", "a"),
        ("library", "spring-boot"),
        ("platform", "java"),
        ("container", release.build.base),
    } <= names


def test_it_is_made_again_with_the_same_bytes(bench: Bench) -> None:
    _, release = push(bench, order())
    kept = sbom.bill(bench.site, "shop", "order", 1)
    lose(bench, release)
    assert attached(bench.site.layout, release.image.manifest, SBOM_TYPE) is None
    assert sbom.bill(bench.site, "shop", "order", 1) == kept
    assert attached(bench.site.layout, release.image.manifest, SBOM_TYPE) == kept


def test_it_outlives_the_artifact_and_without_both_it_says_so(bench: Bench) -> None:
    _, release = push(bench, order())
    sbom.tend(bench.workshop)
    bench.site.artifacts.remove(release.artifact)
    assert sbom.bill(bench.site, "shop", "order", 1)
    lose(bench, release)
    with pytest.raises(NotFound):
        sbom.bill(bench.site, "shop", "order", 1)


def test_a_base_that_was_removed_from_the_cache_is_still_named(bench: Bench) -> None:
    _, release = push(bench, order())
    lose(bench, release)
    (bench.settings.paths.bases / f"{release.build.base}.json").unlink()
    told = json.loads(sbom.bill(bench.site, "shop", "order", 1))
    assert {one["name"]: one["version"] for one in told["components"] if one["type"] == "platform"} == {"java": "17"}
    assert release.build.base in {one["name"] for one in told["components"]}


def test_what_is_not_live_gets_none_unasked(bench: Bench) -> None:
    bench.engine.broken.add("wait_healthy")
    _, release = push(bench, order())
    sbom.tend(bench.workshop)
    assert attached(bench.site.layout, release.image.manifest, SBOM_TYPE) is None
    assert sbom.bill(bench.site, "shop", "order", 1)


def test_no_push_waits_for_it(bench: Bench) -> None:
    _, release = push(bench, order())
    bench.push(application="shop", component="stock")
    sbom.tend(bench.workshop)
    assert attached(bench.site.layout, release.image.manifest, SBOM_TYPE) is None


def test_what_cannot_be_made_is_given_up_and_keeps_no_other_waiting(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    _, lost = push(bench, order())
    bench.run(bench.push(application="shop", component="stock", data=order(classes={"demo.Stock": 17})))
    bench.site.artifacts.remove(lost.artifact)
    for _ in range(4):
        sbom.tend(bench.workshop)
    assert caplog.text.count("no bill of materials for order of shop") == 1
    stock = bench.ledger.release("shop", "stock", 1)
    assert attached(bench.site.layout, stock.image.manifest, SBOM_TYPE) is not None


def test_the_licence_list_names_what_states_none(bench: Bench) -> None:
    push(bench, order())
    assert licence_list(json.loads(sbom.bill(bench.site, "shop", "order", 1))) == (
        ("Apache-2.0 (by its text)", ("b 1",)),
        ("MIT", ("a 1",)),
        ("(not stated)", ("c 1", "spring-boot 3.2.5")),
    )
