"""Images from elsewhere: layouts, compressed layers, and everything that is no whole image."""

import bz2
import gzip
import hashlib
import json
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from buildpacks.errors import Refused
from buildsvc.image import manifest, tarball
from buildsvc.image.imported import read_images
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from tests.small_images import image, java_files, layer, layout


@pytest.fixture
def theirs(tmp_path: Path) -> Layout:
    return layout(tmp_path / "theirs")


@pytest.fixture
def ours(tmp_path: Path) -> Layout:
    return layout(tmp_path / "ours")


def oci_folder(folder: Path, store: Layout, made: Image, change: object = None) -> Path:
    """An OCI layout whose layers are gzipped, or changed by a function of bytes."""
    alter = change if callable(change) else gzip.compress
    target = layout(folder)
    layers = []
    for one in made.layers:
        data = alter(store.read(one.diff_id))
        media = "application/vnd.oci.image.layer.v1.tar+gzip"
        layers.append({"mediaType": media, "digest": target.add_bytes(data), "size": len(data)})
    config = store.read(made.config.digest)
    document = {
        "config": {"mediaType": manifest.CONFIG_TYPE, "digest": target.add_bytes(config), "size": len(config)},
        "layers": layers,
    }
    listed = {"mediaType": manifest.MANIFEST_TYPE, "digest": target.add_bytes(json.dumps(document).encode()), "size": 1}
    absent = {**listed, "digest": "sha256:" + "0" * 64, "platform": {"os": "linux", "architecture": "arm64"}}
    (folder / "index.json").write_text(json.dumps({"manifests": [listed, absent]}))
    return folder


def test_a_tar_of_ours_comes_back_with_the_same_digests(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())], reference="a:1")
    tarball.write_file(theirs, made, tmp_path / "image.tar")
    assert read_images(tmp_path / "image.tar", ours) == (made,)
    assert all(ours.verify(digest) for digest in ours)


def test_a_layout_with_gzipped_layers_is_kept_uncompressed(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())])
    (read,) = read_images(oci_folder(tmp_path / "oci", theirs, made), ours)
    assert read.layers == made.layers
    assert read.config == made.config
    assert set(ours) == {read.manifest.digest, read.config.digest, read.layers[0].diff_id}


def test_a_layer_that_is_not_the_stated_one_is_refused(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())], reference="")
    folder = oci_folder(tmp_path / "oci", theirs, made, lambda data: gzip.compress(data + bytes(512)))
    with pytest.raises(Refused) as caught:
        read_images(folder, ours)
    assert caught.value.code == "damaged-image"
    assert list(ours) == []


def zstd(data: bytes) -> bytes:
    """Two frames, as tools write that compress in parallel."""
    half = len(data) // 2
    return b"".join(zstandard.ZstdCompressor().compress(part) for part in (data[:half], data[half:]))


def test_zstd_layers_are_read_in_one_frame_or_many(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, {**java_files(), "zeros": bytes(5 << 20)})])
    (read,) = read_images(oci_folder(tmp_path / "oci", theirs, made, zstd), ours)
    assert (read.layers, read.config) == (made.layers, made.config)


@pytest.mark.parametrize("keep", [0.4, 0.9])
def test_a_zstd_layer_that_ends_early_is_refused(theirs: Layout, ours: Layout, tmp_path: Path, keep: float) -> None:
    made = image(theirs, [layer(theirs, {"noise": random.Random(1).randbytes(100_000)})])
    folder = oci_folder(tmp_path / "oci", theirs, made, lambda data: zstd(data)[: int(keep * len(data))])
    with pytest.raises(Refused) as caught:
        read_images(folder, ours)
    assert caught.value.code in {"not-an-image", "damaged-image"}
    assert not list(ours)


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress, zstd])
def test_a_whole_file_may_be_compressed(
    theirs: Layout, ours: Layout, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    made = image(theirs, [layer(theirs, java_files())], reference="a:1")
    (tmp_path / "image.tar.any").write_bytes(compress(b"".join(tarball.write(theirs, made))))
    assert read_images(tmp_path / "image.tar.any", ours) == (made,)


def test_an_image_with_several_names_is_read_under_each(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())], reference="a:1")
    tarball.write_file(theirs, made, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as saved:
        saved.extractall(tmp_path / "saved", filter="data")
    document = json.loads((tmp_path / "saved" / "manifest.json").read_text())
    document[0]["RepoTags"] = ["a:1", "registry.local/a:stable"]
    (tmp_path / "saved" / "manifest.json").write_text(json.dumps(document))
    read = read_images(tmp_path / "saved", ours)
    assert [one.reference for one in read] == ["a:1", "registry.local/a:stable"]
    assert len({one.manifest.digest for one in read}) == 1


def directory(folder: Path, store: Layout, made: Image) -> Path:
    """What `skopeo copy ... dir:FOLDER` writes: bare digests, gzipped layers, one manifest."""
    folder.mkdir()
    blobs = [gzip.compress(store.read(one.diff_id)) for one in made.layers]
    config = store.read(made.config.digest)
    for data in (*blobs, config):
        (folder / hashlib.sha256(data).hexdigest()).write_bytes(data)
    named = [{"digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)} for data in (config, *blobs)]
    (folder / "manifest.json").write_text(json.dumps({"schemaVersion": 2, "config": named[0], "layers": named[1:]}))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    return folder


def test_skopeo_s_directory_gives_the_image_that_a_layout_gives(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())], reference="")
    (one,) = read_images(directory(tmp_path / "dir", theirs, made), ours)
    (other,) = read_images(oci_folder(tmp_path / "oci", theirs, made), ours)
    assert one == other


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_truncated_tar_is_refused_and_nothing_is_kept(theirs: Layout, ours: Layout, keep: float) -> None:
    made = image(theirs, [layer(theirs, {"big": bytes(60000)}), layer(theirs, {"b": bytes(50000)})])
    data = b"".join(tarball.write(theirs, made))
    with pytest.raises(Refused) as caught:
        read_images(iter([data[: int(len(data) * keep)]]), ours)
    assert caught.value.code == "not-an-image"
    assert not any(ours.has(one.diff_id) for one in made.layers)


def test_a_gzipped_layer_that_ends_early_is_refused(theirs: Layout, ours: Layout, tmp_path: Path) -> None:
    made = image(theirs, [layer(theirs, java_files())])
    folder = oci_folder(tmp_path / "oci", theirs, made, lambda data: gzip.compress(data)[:-20])
    with pytest.raises(Refused, match="ends early"):
        read_images(folder, ours)


def test_a_text_file_is_no_image(ours: Layout, tmp_path: Path) -> None:
    (tmp_path / "notes.tar").write_text("not a tar")
    with pytest.raises(Refused, match="docker save"):
        read_images(tmp_path / "notes.tar", ours)


def test_a_file_that_is_not_there_is_named(ours: Layout, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"gone\.tar"):
        read_images(tmp_path / "gone.tar", ours)
