"""What was promised to another site, what came from one, and what else is reached stays; the rest goes in time."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from buildpacks.errors import NotFound
from buildsvc.image import class_archives
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.layout import Layout
from buildsvc.model.evidence import Beside
from buildsvc.store.bundle.sections import document_of
from buildsvc.usecases.tend import keeping, pruning
from buildsvc.usecases.versions import importing
from tests import bundles, forge, small_images
from tests.workshops import Bench

A_DAY = 86_400.0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data", BUILDSVC_KEEP_RELEASES="1", BUILDSVC_KEEP_HISTORY="180")
    made.clock.time = datetime.now(UTC)
    made.apply()
    made.live("1.0")
    return made


def test_an_import_that_was_begun_waits_thirty_days_for_its_rest(bench: Bench, tmp_path: Path) -> None:
    there = Layout(tmp_path / "there", tmp_path / "there" / "tmp")
    made = bundles.bundle(there, bundles.snapshot(there))
    wanted = importing.begin(bench.site, document_of(made))
    first = made.blobs[-1].digest
    importing.put(bench.site, wanted.id, first, io.BytesIO(there.read(first)))
    bench.clock.forward(29 * A_DAY)
    pruning.prune(bench.workshop)
    assert bench.site.layout.has(first)
    bench.clock.forward(2 * A_DAY)
    pruning.prune(bench.workshop)
    assert not bench.site.layout.has(first)
    with pytest.raises(NotFound) as gone:
        importing.bundle_under_way(bench.site, wanted.id)
    assert gone.value.code == "no-such-import"


def test_what_an_imported_version_is_made_of_stays_while_the_version_does(bench: Bench) -> None:
    layout = bench.site.layout
    snapshot = bundles.snapshot(layout)
    artifact = layout.add_bytes(b"the artifact of the version").removeprefix("sha256:")
    jars = (replace(snapshot.jars[0], artifact=artifact),)
    snapshot = replace(snapshot, jars=jars)
    bench.ledger.create_version("shop", snapshot, name="1.0", note="", actor="ann", origin="hall/1")
    bench.clock.forward(100 * A_DAY)
    pruning.prune(bench.workshop)
    blobs = {one for manifest in snapshot.manifests for one in keeping.image_blobs(layout, manifest)}
    assert len(blobs) > 4
    assert all(layout.has(one) for one in {*blobs, f"sha256:{artifact}"})


def test_images_for_image_components_stay_until_somebody_removes_them(bench: Bench) -> None:
    layer = small_images.layer(bench.site.layout, {"bin/redis": b"redis"})
    image = bench.site.images.put(small_images.image(bench.site.layout, [layer], reference="redis:7"))
    bench.clock.forward(400 * A_DAY)
    pruning.prune(bench.workshop)
    assert bench.site.layout.has(image.layers[0].descriptor.digest)
    assert "redis:7" in bench.engine.images


def test_an_archive_of_classes_goes_with_the_last_release_that_could_use_it(bench: Bench) -> None:
    layout = bench.site.layout
    libraries = {"a-1.0.jar": forge.library("a.A", java=17)}
    done = bench.run(
        bench.push(
            data=forge.boot_jar(java=17, main="demo.App", libraries=libraries), application="shop", component="order"
        )
    )
    live = bench.ledger.release("shop", "order", done.release or 0)
    assert live.build.cds
    kept, old = archive(bench, live.build.cds), archive(bench, "f" * 64)
    bench.clock.forward(3 * A_DAY)
    pruning.prune(bench.workshop)
    assert [one.key for one in class_archives.recorded(layout)] == [kept.key]
    assert class_archives.find(layout, kept.key) == kept
    assert not any(layout.has(one) for one in (old.layer, old.names, old.image))
    assert {kept.reference, old.reference} & bench.engine.images == {kept.reference}


def archive(bench: Bench, key: str) -> ClassArchive:
    """An archive of classes, as one that was made is kept, here and in the engine."""
    layout, engine = bench.site.layout, bench.engine
    layer = small_images.layer(layout, {"app/classes.jsa": key.encode()})
    reference = f"buildsvc/shop-order:cds-{key[:16]}"
    image = small_images.image(layout, [layer], reference=reference)
    names = layout.add_bytes(b"names " + key.encode())
    made = ClassArchive(key, layer.descriptor.digest, 10, names, 1, image.manifest.digest, reference)
    class_archives.keep(layout, made)
    engine.images.add(reference)
    return made


def test_the_story_of_a_deployment_is_kept_as_long_as_the_site_says(bench: Bench) -> None:
    first = bench.live("2.0")
    bench.clock.forward(100)
    second = bench.live("3.0")
    bench.clock.forward(170 * A_DAY)
    third = bench.live("4.0")
    bench.clock.forward(11 * A_DAY)
    assert pruning.going(bench.site).releases
    pruning.prune(bench.workshop)
    assert bench.ledger.events(first.id) == ()
    assert bench.ledger.steps(first.id) == ()
    assert bench.ledger.deployment(first.id).release == first.release
    assert [one.id for one in bench.ledger.deployments("shop", "order")][:3] == [third.id, second.id, first.id]
    assert any(isinstance(one.event, Beside) for one in bench.ledger.events(third.id))


def test_the_story_of_what_serves_is_kept_however_long_it_has(bench: Bench) -> None:
    live = bench.ledger.live("shop", "order")
    assert live is not None
    bench.clock.forward(400 * A_DAY)
    pruning.prune(bench.workshop)
    assert bench.ledger.events(live.deployment) != ()
