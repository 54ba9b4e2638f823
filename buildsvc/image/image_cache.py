"""The local cache of images by reference and platform: what image components run, so that no registry is needed.

A record is a small file; the blobs lie in the content store, where a base or a release may share them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from buildpacks.errors import NotFound, Refused
from buildpacks.platforms import Platform
from buildsvc.image.bases import blobs, recorded_image
from buildsvc.image.imported import read_images
from buildsvc.image.layout import Layout
from buildsvc.image.tarball import full_name, with_tag
from buildsvc.image.types import Image


class ImageCache:
    """Records below `root` (`images/` of the data directory)."""

    def __init__(self, root: Path, layout: Layout) -> None:
        self._root = root
        self._layout = layout

    def list(self) -> tuple[Image, ...]:
        """Return all images, by reference and platform."""
        if not self._root.is_dir():
            return ()
        found = (recorded_image(json.loads(path.read_bytes())) for path in self._root.glob("*.json"))
        return tuple(sorted(found, key=lambda image: (image.reference, str(image.platform))))

    def put(self, image: Image) -> Image:
        """Keep an image whose blobs are in the layout, in place of the one of its reference and platform."""
        self._layout.replace(self._path(image.reference, image.platform), json.dumps(asdict(image), indent=1).encode())
        return image

    def find(self, reference: str, platform: Platform) -> Image | None:
        """Find the image of a reference as Compose files write it (`redis` is `redis:latest`), None where there is
        none.
        """
        path = self._path(reference, platform)
        return recorded_image(json.loads(path.read_bytes())) if path.is_file() else None

    def take(self, source: Path | Iterable[bytes], reference: str | None = None) -> tuple[Image, ...]:
        """Keep the images of a `docker save` tar, of an OCI layout, of skopeo's `dir:` or of a stream of such a tar.

        Each is kept under all its tags; the one image that it has under `reference` alone, where that is given. Raises
        what `read_images` raises, and Refused `no-reference`, `several-images`.
        """
        images = read_images(source, self._layout)
        if reference:
            images = _one_a_platform(images, reference)
        if not all(image.reference for image in images):
            raise Refused("no-reference")
        return tuple(self.put(image) for image in images)

    def remove(self, reference: str, platform: Platform, *, used: Iterable[str] = ()) -> int:
        """Forget an image and delete those of its blobs that no other here has; returns the bytes that became free.
        `used` are digests that others need. Raises NotFound `no-such-image`.
        """
        image = self.find(reference, platform)
        if image is None:
            raise NotFound("no-such-image", reference=reference, platform=str(platform))
        self._path(reference, platform).unlink()
        kept = {digest for other in self.list() for digest in blobs(other)} | frozenset(used)
        return sum(self._layout.delete(digest) for digest in blobs(image) if digest not in kept)

    def _path(self, reference: str, platform: Platform) -> Path:
        whole = f"{tagged(reference)} {platform}"
        return self._root / f"{hashlib.sha256(whole.encode()).hexdigest()[:32]}.json"


def _one_a_platform(images: Iterable[Image], reference: str) -> tuple[Image, ...]:
    found: dict[Platform, Image] = {}
    for image in images:
        other = found.setdefault(image.platform, image)
        if other.manifest.digest != image.manifest.digest:
            names = f"{other.reference or other.manifest.digest}, {image.reference or image.manifest.digest}"
            raise Refused("several-images", reference=reference, names=names)
    return tuple(replace(image, reference=reference) for image in found.values())


def tagged(reference: str) -> str:
    """Spell a reference in full, with registry and tag: `redis` and `docker.io/library/redis:latest` are one image."""
    return with_tag(full_name(reference))
