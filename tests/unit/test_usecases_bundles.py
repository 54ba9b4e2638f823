"""A version leaves one site as a bundle and comes to another, whole or as what is new."""

from __future__ import annotations

import io
import random
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import NotFound, Refused
from buildsvc.model.bundle import Bundle
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.version import Version
from buildsvc.model.version_events import BundleReady, VersionArrived
from buildsvc.store.bundle import writing
from buildsvc.store.bundle.opening import opened, places, verify
from buildsvc.store.bundle.sections import bundle_of
from buildsvc.usecases.versions import arriving, ask, create, export, importing
from buildsvc.usecases.versions.ask import Change
from tests import forge, small_images
from tests.bills_here import bills_written_here
from tests.two_platforms import ARM64
from tests.workshops import Bench

__all__ = ["bills_written_here"]

LIBRARIES = {f"lib{number}-1.0.jar": forge.library(f"demo.l{number}.L", java=17) for number in range(3)}
LARGE = {
    "large-1.0.jar": forge.jar(
        extra={"data.bin": random.Random(3).randbytes(100_000), "a/B.class": forge.class_file(17)}
    )
}


@pytest.fixture
def home(tmp_path: Path) -> Bench:
    """The site where the application is made."""
    bench = Bench(tmp_path / "home")
    add_redis(bench)
    bench.apply()
    for component in ("order", "stock"):
        push(bench, component, "1.0")
    return bench


@pytest.fixture
def away(tmp_path: Path) -> Bench:
    """A site that has nothing but its own bases."""
    return Bench(tmp_path / "away")


def add_redis(bench: Bench) -> None:
    layer = small_images.layer(bench.site.layout, {"bin/redis": b"redis" * 2000})
    bench.site.images.put(small_images.image(bench.site.layout, [layer], reference="redis:7"))


def push(bench: Bench, component: str, version: str) -> None:
    data = forge.boot_jar(
        java=17,
        main="demo.App",
        libraries={**LIBRARIES, **LARGE},
        extra={**forge.pom_properties("demo", f"{component}-service", version), "BOOT-INF/classes/v": version.encode()},
    )
    done = bench.run(
        bench.push(data=data, filename=f"{component}-{version}.jar", application="shop", component=component)
    )
    assert done.phase.serving, done.error_message


def version(bench: Bench, name: str) -> Version:
    bench.clock.forward(3600)
    accepted = create.submit(bench.site, "shop", name=name, note="", actor="ann", door="api")
    assert bench.run(accepted).phase is Phase.SETTLED
    return bench.ledger.version("shop", name)


def bundle(bench: Bench, path: Path, name: str, platforms: tuple[str, ...] = (), have: Collection[str] = ()) -> Bundle:
    accepted = export.submit(bench.site, "shop", name, platforms=platforms, have=have, actor="ann", door="api")
    done = bench.run(accepted)
    assert done.phase is Phase.SETTLED, done.error_message
    ready = next(one.event for one in bench.ledger.events(done.id) if isinstance(one.event, BundleReady))
    document = bench.site.layout.read(ready.document)
    made = bundle_of(document)
    path.write_bytes(b"".join(writing.write(bench.site.layout, document, made, {})))
    assert path.stat().st_size == ready.size
    return made


def bring(bench: Bench, path: Path, *, until: int | None = None) -> Version | None:
    """Import as a client does; `until` breaks off after so many blobs."""
    with SplitFile(path) as file:
        found = opened(file)
        wanted = importing.begin(bench.site, found.document)
        missing = {blob.digest for blob in wanted.missing}
        for section, at in places(file, found):
            if section.digest in missing:
                if until == 0:
                    return None
                until = None if until is None else until - 1
                importing.put(bench.site, wanted.id, section.digest, io.BytesIO(file.read(at, section.size)))
    done = bench.run(arriving.submit_sent(bench.site, wanted.id, actor="bob", door="api"))
    assert done.phase is Phase.SETTLED, done.error_message
    arrived = next(one.event for one in bench.ledger.events(done.id) if isinstance(one.event, VersionArrived))
    return bench.ledger.version(arrived.application, str(arrived.number))


def install(bench: Bench, name: str) -> None:
    asked = Change("shop", name, "shop", Cause.INSTALL, "bob", "api", secrets={"order/DB_PASSWORD": "hier"})
    done = bench.run(ask.submit(bench.site, asked))
    assert done.phase is Phase.SETTLED, done.error_message


def test_a_version_comes_to_another_site_and_serves_there(home: Bench, away: Bench, tmp_path: Path) -> None:
    made = version(home, "1.0.0")
    bundle(home, tmp_path / "shop.bundle", "1.0.0")
    there = bring(away, tmp_path / "shop.bundle")
    assert there is not None
    assert there.snapshot.application == made.snapshot.application
    assert there.origin == f"{home.settings.site_name}/1"
    install(away, "1.0.0")
    assert set(away.ledger.live_all("shop")) == {"order", "stock"}
    for jar in made.snapshot.jars:
        assert (
            away.site.artifacts.path(jar.artifact).read_bytes() == home.site.artifacts.path(jar.artifact).read_bytes()
        )


def test_no_secret_travels(home: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    bundle(home, tmp_path / "shop.bundle", "1.0.0")
    assert b"geheim" not in (tmp_path / "shop.bundle").read_bytes()


def test_libraries_travel_once(home: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    made = bundle(home, tmp_path / "shop.bundle", "1.0.0")
    large = next(iter(LARGE.values()))
    assert (tmp_path / "shop.bundle").read_bytes().count(large[1000:5000]) == 1
    assert len(made.rebuilt) == 2


def test_the_same_bundle_twice_changes_nothing(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    bundle(home, tmp_path / "shop.bundle", "1.0.0")
    assert bring(away, tmp_path / "shop.bundle") == bring(away, tmp_path / "shop.bundle")
    with SplitFile(tmp_path / "shop.bundle") as file:
        assert importing.begin(away.site, opened(file).document).missing == ()
    assert len(away.ledger.versions("shop")) == 1


def test_an_import_goes_on_where_it_was_cut(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    made = bundle(home, tmp_path / "shop.bundle", "1.0.0")
    with SplitFile(tmp_path / "shop.bundle") as file:
        missing = len(importing.begin(away.site, opened(file).document).missing)
    assert 3 < missing <= len(made.blobs)
    for _ in range(missing - 1):
        bring(away, tmp_path / "shop.bundle", until=1)
        assert away.ledger.versions("shop") == ()
    assert bring(away, tmp_path / "shop.bundle") is not None


def test_a_second_bundle_is_what_is_new(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    first = bundle(home, tmp_path / "1.bundle", "1.0.0")
    bring(away, tmp_path / "1.bundle")
    push(home, "order", "2.0")
    version(home, "2.0.0")
    second = bundle(home, tmp_path / "2.bundle", "2.0.0", have=tuple(away.site.layout))
    assert second.size < first.size / 5
    install(away, "1.0.0")
    bring(away, tmp_path / "2.bundle")
    done = away.run(ask.submit(away.site, Change("shop", "2.0.0", "shop", Cause.UPGRADE, "bob", "api")))
    assert done.phase is Phase.SETTLED
    assert away.ledger.live_all("shop")["order"].release.filename == "order-2.0.jar"


def test_a_differential_bundle_is_refused_where_its_ground_is_absent(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    made = bundle(home, tmp_path / "1.bundle", "1.0.0")
    bundle(home, tmp_path / "2.bundle", "1.0.0", have=[made.blobs[0].digest])
    with pytest.raises(Refused, match=r"builds on 1 blob ") as refused:
        bring(away, tmp_path / "2.bundle")
    assert refused.value.code == "bundle-builds-on"
    assert list(away.site.layout) == list(Bench(tmp_path / "fresh").site.layout)


def test_two_platforms_are_made_on_one_and_cost_their_bases(home: Bench, tmp_path: Path) -> None:
    layout = home.site.layout
    home.site.bases.put(small_images.base(layout, 17, platform=ARM64))
    layer = small_images.layer(layout, {"bin/redis": b"arm"})
    home.site.images.put(small_images.image(layout, [layer], ARM64, reference="redis:7"))
    version(home, "1.0.0")
    one = bundle(home, tmp_path / "1.bundle", "1.0.0")
    two = bundle(home, tmp_path / "2.bundle", "1.0.0", ("linux/amd64", "linux/arm64"))
    assert two.platforms == ("linux/amd64", "linux/arm64")
    layers = {layer for image in one.images for layer in image.layers}
    others = {layer for image in two.images if image.platform == "linux/arm64" for layer in image.layers} - layers
    assert len(others) == 2  # the base, and the other image of redis
    with SplitFile(tmp_path / "2.bundle") as file:
        verify(file, opened(file))


def test_what_lacks_for_a_platform_is_told_at_once(home: Bench) -> None:
    version(home, "1.0.0")
    accepted = export.submit(home.site, "shop", "1.0.0", platforms=("linux/arm64",), have=(), actor="ann", door="api")
    failed = home.run(accepted)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "bundle-incomplete")
    for name in ("order for linux/arm64", "stock for linux/arm64", "redis:7 of cache for linux/arm64"):
        assert name in (failed.error_message or "")


def test_a_bundle_for_other_machines_is_refused(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    bundle(home, tmp_path / "1.bundle", "1.0.0")
    for base in away.site.bases.list():
        away.site.bases.remove(base.name)
    away.site.bases.put(small_images.base(away.site.layout, 17, platform=ARM64))
    with pytest.raises(Refused, match="is for linux/amd64; this site runs linux/arm64"):
        bring(away, tmp_path / "1.bundle")


def test_a_bundle_cannot_be_finished_before_all_of_it_is_there(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    bundle(home, tmp_path / "1.bundle", "1.0.0")
    with SplitFile(tmp_path / "1.bundle") as file:
        wanted = importing.begin(away.site, opened(file).document)
    with pytest.raises(Refused, match="have not come"):
        importing.finish(away.site, wanted.id, actor="bob")
    assert away.ledger.versions("shop") == ()


def test_only_what_belongs_to_it_is_taken(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    made = bundle(home, tmp_path / "1.bundle", "1.0.0")
    with SplitFile(tmp_path / "1.bundle") as file:
        wanted = importing.begin(away.site, opened(file).document)
    with pytest.raises(Refused, match="has no blob"):
        importing.put(away.site, wanted.id, "sha256:" + "0" * 64, io.BytesIO(b"x"))
    with pytest.raises(Refused, match="damaged"):
        importing.put(away.site, wanted.id, made.blobs[0].digest, io.BytesIO(b"x" * made.blobs[0].size))
    assert not away.site.layout.has(made.blobs[0].digest)
    with pytest.raises(NotFound):
        importing.put(away.site, "sha256:" + "1" * 64, made.blobs[0].digest, io.BytesIO(b""))


def test_two_sites_may_call_their_versions_the_same(home: Bench, away: Bench, tmp_path: Path) -> None:
    made = version(home, "1.0.0")
    bundle(home, tmp_path / "1.bundle", "1.0.0")
    other = replace(made.snapshot, jars=made.snapshot.jars[:1])
    away.ledger.create_version("shop", other, name="1.0.0", note="", actor="bob")
    there = bring(away, tmp_path / "1.bundle")
    assert there is not None
    assert there.name == "1.0.0+2"
