"""Read an image back from the content store by its manifest's digest, as a release records it."""

from __future__ import annotations

import json
from typing import Any

from buildpacks.platforms import Platform
from buildsvc.image.digest import Descriptor
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image, Layer


def recall(layout: Layout, manifest: str, reference: str) -> Image:
    """Return the image whose manifest has this digest. Raises NotFound `no-blob` when a part of it is gone."""
    document = json.loads(layout.document(manifest))
    config = json.loads(layout.document(document["config"]["digest"]))
    layers = tuple(
        Layer(_descriptor(layer), diff_id, "recorded")
        for layer, diff_id in zip(document["layers"], config["rootfs"]["diff_ids"], strict=True)
    )
    return Image(
        reference=reference,
        manifest=Descriptor(document["mediaType"], manifest, layout.size(manifest)),
        config=_descriptor(document["config"]),
        layers=layers,
        platform=Platform(config["os"], config["architecture"]),
    )


def _descriptor(told: dict[str, Any]) -> Descriptor:
    return Descriptor(told["mediaType"], told["digest"], told["size"])
