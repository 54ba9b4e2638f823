"""Documents beside an image: OCI artifacts whose `subject` is the image's manifest, found by that manifest's digest.

Source: OCI image-spec 1.1, manifest.md ("Guidelines for Artifact Usage"), and distribution-spec 1.1, "Referrers Tag
Schema": an image index lists what refers to one manifest. Here it lies in `referrers/sha256-HEX.json` of the store.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from buildsvc.image.digest import Descriptor
from buildsvc.image.layout import Layout
from buildsvc.image.manifest import INDEX_TYPE, MANIFEST_TYPE, canonical, descriptor_json

SBOM_TYPE = "application/vnd.cyclonedx+json"
FOLDER = "referrers"
_EMPTY_TYPE, _EMPTY = "application/vnd.oci.empty.v1+json", b"{}"


def attach(layout: Layout, subject: Descriptor, kind: str, content: bytes, *, created: str) -> str:
    """Keep a document of media type `kind` beside the image `subject`, in place of a former one of that type. Returns
    the digest of its manifest.
    """
    layer = Descriptor(kind, layout.add_bytes(content), len(content))
    config = Descriptor(_EMPTY_TYPE, layout.add_bytes(_EMPTY), len(_EMPTY))
    document = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": kind,
            "config": descriptor_json(config),
            "layers": [descriptor_json(layer)],
            "subject": descriptor_json(subject),
            "annotations": {"org.opencontainers.image.created": created},
        }
    )
    manifest = Descriptor(MANIFEST_TYPE, layout.add_bytes(document), len(document))
    others = [one for one in _listed(layout, subject.digest) if one["artifactType"] != kind]
    listed = [*others, {**descriptor_json(manifest), "artifactType": kind}]
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": listed}
    layout.prepare()
    layout.replace(place(layout, subject.digest), canonical(index))
    return manifest.digest


def attached(layout: Layout, image: str, kind: str) -> bytes | None:
    """Return the document of this type beside the image whose manifest has the digest `image`; None without one."""
    for one in _listed(layout, image):
        if one["artifactType"] == kind and layout.has(one["digest"]):
            digest = json.loads(layout.document(one["digest"]))["layers"][0]["digest"]
            return layout.read(digest) if layout.has(digest) else None
    return None


def blobs(layout: Layout, image: str) -> tuple[str, ...]:
    """Return every digest that stands beside an image: what has to travel with it, and to go with it."""
    found: list[str] = []
    for one in _listed(layout, image):
        if layout.has(one["digest"]):
            told = json.loads(layout.document(one["digest"]))
            found += [one["digest"], told["config"]["digest"], *(layer["digest"] for layer in told["layers"])]
    return tuple(dict.fromkeys(found))


def place(layout: Layout, image: str) -> Path:
    """Where the list of one image's referrers lies. Raises ValueError for what is no digest."""
    layout.path(image)
    return layout.root / FOLDER / f"{image.replace(':', '-')}.json"


def _listed(layout: Layout, image: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(place(layout, image).read_bytes())["manifests"]
    except FileNotFoundError:
        return []
    return found
