"""Small bundles for tests: one jar component and one image component, on one platform or two."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from buildpacks.platforms import Platform
from buildsvc.image.bases import blobs as digests
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from buildsvc.model.application import Application, Component, Network
from buildsvc.model.bundle import FORMAT, Blob, Bundle, CarriedImage
from buildsvc.model.release import ImageRef
from buildsvc.model.version import ApplicationSnapshot, BuiltImage, PinnedImage, PinnedJar, Version
from buildsvc.store.bundle import writing
from buildsvc.store.bundle.sections import document_of
from tests import ledgers, small_images
from tests.two_platforms import AMD64

MADE = datetime(2024, 5, 17, 10, 0, tzinfo=UTC)
REDIS = Component("redis", image="redis:7", networks=(("default", ()),))
SHOP = Application("shop", (ledgers.ORDER, REDIS), (Network("default", "shop_default"),))


def reference(image: Image) -> ImageRef:
    return ImageRef(image.reference, image.config.digest, image.manifest.digest, str(image.platform))


def snapshot(layout: Layout, platforms: Collection[Platform] = (AMD64,), salt: str = "") -> ApplicationSnapshot:
    """A snapshot whose images lie in `layout`; `salt` makes other bytes of the jar component."""
    library = small_images.layer(layout, {"app/lib/a.jar": b"library" * 1000})
    jars, images = [], []
    for platform in platforms:
        ground = small_images.layer(layout, small_images.java_files(platform.architecture))
        own = small_images.layer(layout, {"app/order.jar": f"order{salt}".encode()})
        made = small_images.image(layout, [ground, library, own], platform, f"buildsvc/shop-order:{salt or 1}")
        jars.append(BuiltImage(reference(made), ledgers.BUILD))
        other = small_images.image(layout, [ground], platform, "redis:7")
        images.append(reference(other))
    order = PinnedJar("order", 1, ledgers.ARTIFACT, "order-1.0.jar", tuple(jars))
    return ApplicationSnapshot(SHOP, (order,), (PinnedImage("redis", tuple(images)),))


def version(found: ApplicationSnapshot, number: int = 1, name: str = "1.0.0") -> Version:
    return Version(f"v{number}", "shop", number, name, "", found, "ann", MADE, "hall/1")


def bundle(layout: Layout, found: ApplicationSnapshot, *, left_out: Iterable[str] = ()) -> Bundle:
    """A bundle of all blobs of the snapshot's images but those `left_out`, which it builds on."""
    built = [one.image for jar in found.jars for one in jar.images]
    images = [carried(layout, one) for one in (*built, *(one for image in found.images for one in image.images))]
    every = dict.fromkeys(digest for image in images for digest in (image.manifest, image.config, *image.layers))
    away = frozenset(left_out)
    sized = [Blob(digest, layout.size(digest)) for digest in every]
    return Bundle(
        format=FORMAT,
        version=version(found),
        platforms=tuple(sorted(found.platforms)),
        images=tuple(images),
        blobs=tuple(blob for blob in sized if blob.digest not in away),
        builds_on=tuple(blob for blob in sized if blob.digest in away),
        rebuilt=(),
        site="hall",
        made=MADE,
    )


def carried(layout: Layout, image: ImageRef) -> CarriedImage:
    from_store = small_images.recalled(layout, image)
    return CarriedImage(image.reference, image.platform, image.manifest, image.config, digests(from_store)[2:])


def file(layout: Layout, made: Bundle, path: Path, **signatures: bytes) -> Path:
    """Write a bundle; returns `path`."""
    named = {name.replace("_", "."): value for name, value in signatures.items()}
    path.write_bytes(b"".join(writing.write(layout, document_of(made), made, named)))
    return path


def renamed(made: Bundle, name: str) -> Bundle:
    return replace(made, version=replace(made.version, name=name))


def without_blob(made: Bundle, digest: str) -> Bundle:
    """One that does not hold a blob that it needs."""
    return replace(made, blobs=tuple(blob for blob in made.blobs if blob.digest != digest))
