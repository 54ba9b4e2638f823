"""A bill of materials of an application, as CycloneDX: its libraries, and what it stands on."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL

from buildpacks.inside.bill_parts import Part
from buildsvc.image.sbom import entries
from buildsvc.image.sbom.below import NOWHERE, Below

RECIPE = "1"
"""To be counted up when the same inputs are to give another document."""


def document(application: Part, stamp: int, ground: Below = NOWHERE) -> bytes:
    """Write the bill of materials. `stamp`, in seconds since the epoch, is the image's, or the artifact's newest
    entry's.
    """
    own = entries.component(application, ComponentType.APPLICATION, "application")
    own.properties = entries.properties(("image", ground.image), ("platform", ground.platform), ("recipe", RECIPE))
    below = [*entries.libraries(application.parts), *_below(ground)]
    return entries.written(own, below, stamp, f"{RECIPE} {application.sha256} {ground.image} {stamp}")


def _below(ground: Below) -> Iterator[Component]:
    if ground.base:
        digest = ground.base_digest.removeprefix("sha256:")
        yield Component(
            name=ground.base,
            type=ComponentType.CONTAINER,
            bom_ref=f"base:{ground.base}",
            version=ground.base_digest or None,
            purl=PackageURL("oci", None, ground.base, ground.base_digest) if digest else None,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
        )
    for name, version in (("java", ground.java), _server(ground.server)):
        if version:
            yield Component(name=name, type=ComponentType.PLATFORM, bom_ref=f"platform:{name}", version=version)
    yield from map(entries.package, ground.packages)


def _server(name: str) -> tuple[str, str]:
    kind, _, rest = name.partition("-")
    return kind, rest


if __name__ == "__main__":
    # `buildsvc.image.sbom.apart` asks: the same program, in a process that ends afterwards.
    sys.stdout.buffer.write(document(*pickle.load(sys.stdin.buffer)))  # noqa: S301 - nobody else writes to it
