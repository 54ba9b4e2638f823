"""The tar for `docker load`: complete or sparse, its length known before."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from buildpacks.errors import NotFound, Refused
from buildsvc.image import tarball
from tests.small_images import image, layer, layout


def opened(pieces: bytes) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(pieces))


def test_the_tar_says_the_same_to_both_image_stores(tmp_path: Path) -> None:
    store = layout(tmp_path)
    made = image(store, [layer(store, {"a": b"1"}), layer(store, {"b": b"2"})], reference="buildsvc/x:1")
    archive = opened(b"".join(tarball.write(store, made)))
    (classic,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    (indexed,) = json.load(archive.extractfile("index.json"))["manifests"]  # type: ignore[arg-type]
    assert classic["RepoTags"] == ["buildsvc/x:1"]
    assert set(classic["Layers"]) <= set(archive.getnames())
    assert classic["Config"] in archive.getnames()
    assert indexed["digest"] == made.manifest.digest
    assert indexed["annotations"]["io.containerd.image.name"] == "docker.io/buildsvc/x:1"
    assert archive.extractfile("oci-layout") is not None


def test_an_image_without_a_tag_is_the_latest(tmp_path: Path) -> None:
    store = layout(tmp_path)
    made = image(store, [layer(store, {"a": b"1"})], reference="nginx")
    archive = opened(b"".join(tarball.write(store, made)))
    (classic,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    (indexed,) = json.load(archive.extractfile("index.json"))["manifests"]  # type: ignore[arg-type]
    assert classic["RepoTags"] == ["nginx:latest"]
    assert indexed["annotations"] == {
        "io.containerd.image.name": "docker.io/library/nginx:latest",
        "org.opencontainers.image.ref.name": "latest",
    }


def test_layers_that_are_present_do_not_travel(tmp_path: Path) -> None:
    store = layout(tmp_path)
    below, above = layer(store, {"a": b"1" * 9000}), layer(store, {"b": b"2"})
    made = image(store, [below, above])
    sparse = b"".join(tarball.write(store, made, present=frozenset({below.diff_id})))
    names = opened(sparse).getnames()
    assert f"blobs/sha256/{below.diff_id[7:]}" not in names
    assert f"blobs/sha256/{above.diff_id[7:]}" in names
    assert len(sparse) == tarball.length(store, made, present=frozenset({below.diff_id}))


def test_the_length_is_exact(tmp_path: Path) -> None:
    store = layout(tmp_path)
    made = image(store, [layer(store, {"a": b"1" * 1234}), layer(store, {"中" * 90: b"2"})])
    assert len(b"".join(tarball.write(store, made))) == tarball.length(store, made)


def test_a_missing_blob_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    store = layout(tmp_path)
    lost = layer(store, {"a": b"1"})
    made = image(store, [lost])
    store.delete(lost.diff_id)
    with pytest.raises(NotFound):
        tarball.write(store, made)


def test_a_file_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    store = layout(tmp_path / "data")
    lost = layer(store, {"a": b"1"})
    made = image(store, [lost])
    assert tarball.write_file(store, made, tmp_path / "image.tar") == tarball.length(store, made)
    store.delete(lost.diff_id)
    with pytest.raises(NotFound):
        tarball.write_file(store, made, tmp_path / "other.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "image.tar"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = layout(tmp_path / "data")
    with pytest.raises(Refused, match="nowhere"):
        tarball.write_file(store, image(store, []), tmp_path / "nowhere" / "image.tar")


@pytest.mark.parametrize(
    ("reference", "full"),
    [
        ("redis:7", "docker.io/library/redis:7"),
        ("buildsvc/x:1", "docker.io/buildsvc/x:1"),
        ("registry.example:5000/x:1", "registry.example:5000/x:1"),
        ("localhost/x:1", "localhost/x:1"),
    ],
)
def test_names_are_spelled_as_containerd_does(reference: str, full: str) -> None:
    assert tarball.full_name(reference) == full
