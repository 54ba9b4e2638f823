"""Documents beside an image: OCI artifacts that name it as their subject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildsvc.image.layout import Layout
from buildsvc.image.sbom.referrer import SBOM_TYPE, attach, attached, blobs, place
from buildsvc.image.types import Image
from tests.small_images import image, layer, layout

CREATED = "2024-01-01T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return layout(tmp_path)


@pytest.fixture
def made(store: Layout) -> Image:
    return image(store, [layer(store, {"a": b"1"})])


def put(store: Layout, made: Image, content: bytes, kind: str = SBOM_TYPE) -> str:
    return attach(store, made.manifest, kind, content, created=CREATED)


def test_a_document_is_found_by_the_images_digest(store: Layout, made: Image) -> None:
    assert attached(store, made.manifest.digest, SBOM_TYPE) is None
    put(store, made, b'{"x": 1}')
    assert attached(store, made.manifest.digest, SBOM_TYPE) == b'{"x": 1}'
    assert attached(store, made.manifest.digest, "application/spdx+json") is None


def test_it_is_an_oci_artifact_with_the_image_as_its_subject(store: Layout, made: Image) -> None:
    told = json.loads(store.read(put(store, made, b"{}x")))
    assert told["artifactType"] == SBOM_TYPE
    assert told["subject"] == {
        "mediaType": made.manifest.media_type,
        "digest": made.manifest.digest,
        "size": made.manifest.size,
    }
    assert told["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    for one in (told["config"], *told["layers"]):
        assert store.size(one["digest"]) == one["size"]
    listed = json.loads(place(store, made.manifest.digest).read_bytes())
    assert listed["mediaType"] == "application/vnd.oci.image.index.v1+json"
    assert [one["artifactType"] for one in listed["manifests"]] == [SBOM_TYPE]


def test_the_same_document_has_the_same_digest_and_a_new_one_takes_its_place(store: Layout, made: Image) -> None:
    assert put(store, made, b"one") == put(store, made, b"one")
    put(store, made, b"other", "application/x-other")
    put(store, made, b"two")
    assert attached(store, made.manifest.digest, SBOM_TYPE) == b"two"
    assert attached(store, made.manifest.digest, "application/x-other") == b"other"


def test_all_that_has_to_go_with_the_image_is_named(store: Layout, made: Image) -> None:
    before = set(store)
    put(store, made, b"a document")
    assert set(blobs(store, made.manifest.digest)) == set(store) - before
    place(store, made.manifest.digest).unlink()
    assert attached(store, made.manifest.digest, SBOM_TYPE) is None
    assert blobs(store, made.manifest.digest) == ()


def test_a_document_whose_bytes_were_lost_is_none(store: Layout, made: Image) -> None:
    for digest in (*json_digests(store, put(store, made, b"lost")),):
        store.delete(digest)
    assert attached(store, made.manifest.digest, SBOM_TYPE) is None


def json_digests(store: Layout, manifest: str) -> list[str]:
    return [one["digest"] for one in json.loads(store.read(manifest))["layers"]]


def test_no_name_leads_out_of_the_store(store: Layout) -> None:
    with pytest.raises(ValueError, match="evil"):
        attached(store, "../../evil", SBOM_TYPE)
