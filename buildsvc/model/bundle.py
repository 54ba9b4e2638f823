"""A bundle: one file that carries a version of an application, and what the site that opens it must have already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from buildsvc.model.version import Version

FORMAT = 1
"""Raised when a bundle is written that an older buildsvc would misread."""


def signature_fact(document: str) -> str:
    """Return under which name the ledger keeps the signature of an exported bundle: by its app.json's digest."""
    return f"bundle-signature:{document}"


@dataclass(frozen=True)
class Blob:
    """Some bytes, by their digest (`sha256:…`); `size` in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Rebuilt:
    """An artifact that does not travel as a file of its own: the blob `ranges` says out of which others it is made."""

    artifact: str
    ranges: str


@dataclass(frozen=True)
class CarriedImage:
    """An image of the version for one platform: digests of manifest, configuration and, bottom up, layers."""

    reference: str
    platform: str
    manifest: str
    config: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class CarriedBill:
    """The bill of materials of a component's image for one platform: `image` is the manifest's digest, `document` that
    of the blob, which is the CycloneDX document in gzip.
    """

    component: str
    platform: str
    image: str
    document: str


@dataclass(frozen=True)
class Bundle:
    """What stands in a bundle's `app.json`. `blobs` are in the file, in the order in which an installation needs them;
    `builds_on` are not: a differential bundle counts on them.
    """

    format: int
    version: Version
    platforms: tuple[str, ...]
    images: tuple[CarriedImage, ...]
    blobs: tuple[Blob, ...]
    builds_on: tuple[Blob, ...]
    rebuilt: tuple[Rebuilt, ...]
    site: str
    made: datetime
    bills: tuple[CarriedBill, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all blobs in the file."""
        return sum(blob.size for blob in self.blobs)

    @property
    def title(self) -> str:
        """The application and its version, as people name them: `shop@1.4.0`."""
        return f"{self.version.application}@{self.version.name}"
