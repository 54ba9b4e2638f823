"""The two JSON documents of an image, configuration and manifest: canonical, so that equal images have equal digests.

Format: OCI image configuration and image manifest (github.com/opencontainers/image-spec, config.md, manifest.md). OCI
media types throughout: Docker 20.10 reads `manifest.json` and never looks at them, the containerd store needs them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from buildpacks.platforms import Platform
from buildsvc.image.digest import Descriptor
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image, Layer

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


def canonical(document: object) -> bytes:
    """Sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def timestamp(stamp: int) -> str:
    """RFC 3339 in UTC, as `created` wants it."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def history(created: str, role: str) -> dict[str, str]:
    """One line of `docker history`."""
    return {"created": created, "created_by": f"buildsvc: {role}"}


def image(
    layout: Layout,
    reference: str,
    platform: Platform,
    layers: Sequence[Layer],
    *,
    created: str,
    run: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    variant: str | None = None,
) -> Image:
    """Write both documents into the layout. `run` is the part `config` of the configuration, `lines` its history."""
    config: dict[str, Any] = {
        "architecture": platform.architecture,
        "config": dict(run),
        "created": created,
        "history": list(lines),
        "os": platform.os,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    if variant:
        config["variant"] = variant
    return keep(layout, reference, platform, layers, canonical(config))


def keep(layout: Layout, reference: str, platform: Platform, layers: Sequence[Layer], config: bytes) -> Image:
    """Write a configuration as it is, so that an image from elsewhere keeps its id, and a manifest for it."""
    described = Descriptor(CONFIG_TYPE, layout.add_bytes(config), len(config))
    document = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor_json(described),
            "layers": [descriptor_json(layer.descriptor) for layer in layers],
        }
    )
    described_all = Descriptor(MANIFEST_TYPE, layout.add_bytes(document), len(document))
    return Image(reference, described_all, described, tuple(layers), platform)


def descriptor_json(descriptor: Descriptor) -> dict[str, Any]:
    return {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}


def read_config(layout: Layout, image: Image) -> dict[str, Any]:
    """Read the configuration document of an image in the layout."""
    document: dict[str, Any] = json.loads(layout.document(image.config.digest))
    return document
