"""A bill of materials of an image that was not built here, as CycloneDX: its distribution, packages, and jars."""

from __future__ import annotations

import pickle
import resource
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL

from buildsvc.image.layout import Layout
from buildsvc.image.sbom import entries
from buildsvc.image.sbom.billed_image import BilledImage
from buildsvc.image.sbom.image_contents import ImageContents, contents
from buildsvc.image.sbom.layer_files import Allowance

RECIPE = "2"
"""To be counted up when the same image is to give another document."""
MEMORY, SECONDS = 2 << 30, 300
"""What the process that reads strangers' layers may take: bytes of addresses, seconds of a processor."""
_MOST_PACKAGES = 20_000


def document(image: BilledImage, found: ImageContents) -> bytes:
    """Write the bill. What could not be read stands in it, as `buildsvc:unread`."""
    digest = image.manifest.removeprefix("sha256:")
    name = image.reference.rpartition("/")[2].partition(":")[0]
    own = Component(
        name=entries.plain(image.reference),
        type=ComponentType.CONTAINER,
        bom_ref="image",
        version=image.manifest,
        purl=PackageURL("oci", None, entries.plain(name) or "image", image.manifest),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    own.properties = entries.properties(
        ("image", image.manifest),
        ("platform", image.platform),
        ("recipe", RECIPE),
        *(("unread", entries.plain(one)) for one in found.unread),
    )
    below = [
        *([_system(found.distribution)] if found.distribution else []),
        *map(entries.package, found.packages[:_MOST_PACKAGES]),
        *entries.libraries(found.jars),
    ]
    return entries.written(own, below, image.stamp, f"{RECIPE} {image.reference} {image.manifest}")


def _system(distribution: str) -> Component:
    name, _, version = distribution.partition("-")
    return Component(
        name=entries.plain(name) or "(no name)",
        type=ComponentType.OPERATING_SYSTEM,
        bom_ref=f"system:{entries.plain(distribution)}",
        version=entries.plain(version) or None,
    )


def _main() -> None:
    """`buildsvc.image.sbom.apart` asks for it, in a process that ends afterwards."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    root, tmp, image, unread = pickle.load(sys.stdin.buffer)  # noqa: S301 - nobody else writes to it
    found = contents(Layout(Path(root), Path(tmp)), image.layers, Allowance(unread=list(unread)))
    sys.stdout.buffer.write(document(image, found))


if __name__ == "__main__":
    _main()
