"""A bundle of 40 MB whose taking in dies at every megabyte and at the ends of every part; and one that skopeo reads."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.image.layout import Layout
from buildsvc.model.version import PinnedImage
from tests import bundles, small_images
from tests.two_platforms import AMD64

LAYERS, LAYER = 5, 8_000_000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "from")


@pytest.mark.long
def test_taking_in_dies_at_every_megabyte_and_ends_whole_and_again_changes_nothing(
    store: Layout, tmp_path: Path
) -> None:
    chance = random.Random(18)
    layers = [small_images.layer(store, {f"data/{n}": chance.randbytes(LAYER)}) for n in range(LAYERS)]
    image = bundles.reference(small_images.image(store, layers, AMD64, "redis:7"))
    found = replace(bundles.snapshot(store), images=(PinnedImage("redis", (image,)),))
    path = bundles.file(store, bundles.bundle(store, found), tmp_path / "shop.bundle")
    assert path.stat().st_size > LAYERS * LAYER
    there = small_images.layout(tmp_path / "to")
    told = subprocess.run(
        [sys.executable, "-m", "tests.interrupted", path, tmp_path / "to"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    died, ends, left, again = map(int, told.stdout.split())
    assert died >= LAYERS * LAYER // 1_000_000
    # What stood whole before a death was not taken again: the last run had the last layer to take, and no more.
    assert died >= ends - 2
    assert left <= LAYER + 10_000
    assert again == 0
    assert set(there) == {one for one in store if there.has(one)}
    assert all(there.verify(digest) for digest in there)
    assert {layer.descriptor.digest for layer in layers} <= set(there)


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="no skopeo here (Debian's package skopeo)")
def test_skopeo_reads_a_bundle_and_copies_an_image_out_of_it(store: Layout, tmp_path: Path) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    path = bundles.file(store, made, tmp_path / "shop.bundle")
    for image in made.images:
        from_bundle = f"oci-archive:{path}:{image.reference}"
        raw = subprocess.run(["skopeo", "inspect", "--raw", from_bundle], capture_output=True, check=True).stdout
        assert json.loads(raw)["config"]["digest"] == image.config
        copied = ["skopeo", "copy", "--quiet", from_bundle, f"oci:{tmp_path / 'copied'}:{image.config[7:19]}"]
        subprocess.run(copied, check=True)
    blobs = {f"sha256:{one.name}" for one in (tmp_path / "copied" / "blobs" / "sha256").iterdir()}
    assert {image.config for image in made.images} <= blobs
