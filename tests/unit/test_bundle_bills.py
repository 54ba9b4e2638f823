"""A bundle carries a bill of materials of every component, image components too, and no bill of something else."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused
from buildsvc.doors.cli.main import cli
from buildsvc.image.layout import Layout
from buildsvc.image.sbom.referrer import attached
from buildsvc.model.bundle import Blob, Bundle, CarriedBill
from buildsvc.model.deployment import Cause
from buildsvc.model.events import Warned
from buildsvc.store.bundle import bill_blobs
from buildsvc.store.bundle.bill_blobs import LARGEST, require
from buildsvc.store.bundle.opening import opened, take_in
from buildsvc.store.bundle.sections import bundle_of, document_of
from buildsvc.usecases.tend import keeping
from buildsvc.usecases.versions import carried_bills, importing
from buildsvc.usecases.versions.carried_bills import PACKED_TYPE
from tests import bundles, small_images
from tests.bills_here import bills_written_here
from tests.unit.test_usecases_bundles import away, bring, bundle, home, version
from tests.workshops import Bench

__all__ = ["away", "bills_written_here", "home"]


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "from")


def with_bill(store: Layout, content: bytes, component: str = "redis") -> Bundle:
    made = bundles.bundle(store, bundles.snapshot(store))
    digest = store.add_bytes(content)
    image = next(one for one in made.images if one.reference == "redis:7")
    bill = CarriedBill(component, image.platform, image.manifest, digest)
    return replace(made, blobs=(*made.blobs, Blob(digest, len(content))), bills=(bill,))


def packed(image: str) -> bytes:
    told = {"metadata": {"component": {"properties": [{"name": "buildsvc:image", "value": image}]}}}
    return gzip.compress(json.dumps(told).encode(), mtime=0)


def test_every_component_has_its_bill_in_the_file_and_beside_its_image_on_the_other_site(
    home: Bench, away: Bench, tmp_path: Path
) -> None:
    version(home, "1.0.0")
    path = tmp_path / "shop.bundle"
    made = bundle(home, path, "1.0.0")
    assert {one.component for one in made.bills} == {"order", "stock", "cache"}
    said = CliRunner().invoke(cli, ["bundle", "bills", str(path), "-o", str(tmp_path / "bills")])
    assert said.exit_code == 0, said.output
    files = {one.name: json.loads(one.read_bytes()) for one in (tmp_path / "bills").iterdir()}
    assert set(files) == {f"{name}-linux-amd64.cdx.json" for name in ("order", "stock", "cache")}
    assert files["cache-linux-amd64.cdx.json"]["metadata"]["component"]["name"] == "redis:7"
    assert files["order-linux-amd64.cdx.json"]["metadata"]["component"]["name"] == "order"
    bring(away, path)
    for bill in made.bills:
        assert attached(away.site.layout, bill.image, PACKED_TYPE) == home.site.layout.read(bill.document)
    assert {bill.document for bill in made.bills} <= set(keeping.offered(away.site))


def test_bills_that_the_target_has_do_not_travel_again(home: Bench, away: Bench, tmp_path: Path) -> None:
    version(home, "1.0.0")
    bundle(home, tmp_path / "whole.bundle", "1.0.0")
    bring(away, tmp_path / "whole.bundle")
    path = tmp_path / "small.bundle"
    bundle(home, path, "1.0.0", have=keeping.offered(away.site))
    listed = json.loads(CliRunner().invoke(cli, ["bundle", "bills", str(path), "--json"]).output)
    assert [one["here"] for one in listed] == [False, False, False]


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"{}", mtime=0), packed("sha256:" + "0" * 64), packed("x")[:-4]],
    ids=["empty", "no-gzip", "no-bill", "of-another-image", "cut"],
)
def test_a_bill_that_is_none_or_another_image_s_is_refused(
    away: Bench, store: Layout, tmp_path: Path, content: bytes
) -> None:
    path = bundles.file(store, with_bill(store, content), tmp_path / "shop.bundle")
    assert CliRunner().invoke(cli, ["bundle", "bills", str(path)]).exit_code == 2
    with SplitFile(path) as file:
        found = opened(file)
        begun = importing.begin(away.site, found.document)
        take_in(file, found, away.site.layout)
    with pytest.raises(Refused, match="none of its image"):
        importing.finish(away.site, begun.id, actor="bob")
    assert away.ledger.versions("shop") == ()


def test_a_bill_that_unpacks_without_end_costs_no_memory(store: Layout) -> None:
    image = "sha256:" + "1" * 64
    bomb = gzip.compress(bytes(80 << 20))
    with pytest.raises(Refused, match="none of its image"):
        require(bomb, CarriedBill("redis", "linux/amd64", image, ""))
    require(gzip.compress(b" " * ((1 << 20) - 10) + image.encode()), CarriedBill("redis", "linux/amd64", image, ""))


def test_a_bill_that_nothing_promises_is_refused(store: Layout) -> None:
    made = with_bill(store, packed("x"))
    lying = replace(made, blobs=made.blobs[:-1])
    with pytest.raises(Refused, match="bill of materials of redis"):
        bundle_of(document_of(lying))


def test_a_bill_that_is_larger_than_any_is_refused_before_it_is_read(
    away: Bench, store: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = with_bill(store, b"x")
    large = replace(made.blobs[-1], size=LARGEST + 1)
    with pytest.raises(Refused, match="none of its image"):
        bundle_of(document_of(replace(made, blobs=(*made.blobs[:-1], large))))
    path = away.site.layout.path(away.site.layout.add_bytes(b"x"))
    with path.open("r+b") as file:
        file.truncate(LARGEST + 1)
    monkeypatch.setattr(Layout, "read", lambda *_: pytest.fail("it was read as a whole"))
    with pytest.raises(Refused, match="none of its image"):
        carried_bills.keep(away.site, made)


def test_a_bill_of_what_is_no_image_is_refused(store: Layout) -> None:
    made = with_bill(store, b"x")
    layer = next(one.layers[0] for one in made.images if one.reference == "redis:7")
    with pytest.raises(Refused, match="bill of materials of redis"):
        bundle_of(document_of(replace(made, bills=(replace(made.bills[0], image=layer),))))


def test_the_name_of_a_component_leads_to_no_other_folder(store: Layout, tmp_path: Path) -> None:
    image = next(one.manifest for one in with_bill(store, b"").images if one.reference == "redis:7")
    made = with_bill(store, packed(image), "../../../evil/\0x")
    path = bundles.file(store, made, tmp_path / "shop.bundle")
    said = CliRunner().invoke(cli, ["bundle", "bills", str(path), "-o", str(tmp_path / "a")])
    assert said.exit_code == 0, said.output
    assert not list(tmp_path.glob("evil*"))
    assert len(list((tmp_path / "a").iterdir())) == 1


def test_a_bundle_of_an_earlier_buildsvc_has_none_and_is_read(store: Layout, tmp_path: Path) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    document = json.loads(document_of(made))
    del document["bills"]
    assert bundle_of(json.dumps(document).encode()) == made
    path = bundles.file(store, made, tmp_path / "shop.bundle")
    said = CliRunner().invoke(cli, ["bundle", "bills", str(path)])
    assert "an earlier buildsvc" in said.stderr


def test_a_bill_that_the_other_site_would_refuse_is_left_out_and_told(
    home: Bench, away: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(home, "1.0.0")
    made = carried_bills._made(home.site, home.ledger.version("shop", "1.0.0").snapshot)
    sizes = {one.component: len(gzip.decompress(home.site.layout.read(one.document))) for one in made}
    largest = max(sizes, key=lambda name: sizes[name])
    monkeypatch.setattr(bill_blobs, "LARGEST", sizes[largest] - 1)
    found = bundle(home, tmp_path / "shop.bundle", "1.0.0")
    left = {name for name, size in sizes.items() if size == sizes[largest]}
    assert {one.component for one in found.bills} == set(sizes) - left
    done = next(one for one in home.ledger.deployments("shop", None, limit=9) if one.cause is Cause.EXPORT)
    told = [one.event for one in home.ledger.events(done.id) if isinstance(one.event, Warned)]
    assert {one.values["component"] for one in told if one.code == "bill-left-out" and one.values} == left
    bring(away, tmp_path / "shop.bundle")
