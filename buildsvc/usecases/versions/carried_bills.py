"""The bills of materials that travel in a bundle: of every component's image, for every platform, made once an image.

They travel in gzip, a tenth of their size, and lie beside their images, so that a site that has them says so in its
have-list. One that came is kept as it came; a bill of another image is refused.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from buildpacks.errors import Failure, Refused
from buildsvc.image.layout import Layout
from buildsvc.image.manifest import read_config, timestamp
from buildsvc.image.recall import recall
from buildsvc.image.sbom.apart import image_document
from buildsvc.image.sbom.billed_image import BilledImage
from buildsvc.image.sbom.referrer import attach, attached
from buildsvc.image.types import Image
from buildsvc.model.bundle import Bundle, CarriedBill
from buildsvc.model.release import ImageRef
from buildsvc.model.version import ApplicationSnapshot, BuiltImage, PinnedJar
from buildsvc.store.bundle import bill_blobs
from buildsvc.usecases.aside.sbom import built_bill
from buildsvc.usecases.site import Site

PACKED_TYPE = "application/vnd.cyclonedx+json+gzip"

log = logging.getLogger(__name__)


def made(site: Site, snapshot: ApplicationSnapshot) -> tuple[CarriedBill, ...]:
    """Return the bill of each component's image for each platform; those that are not there yet are made. One that the
    other site would refuse is left out.
    """
    return tuple(one for one in _made(site, snapshot) if _is_taken(site, one))


def without_bill(bundle: Bundle) -> tuple[str, ...]:
    """Return the components of a bundle of which no bill travels."""
    there = {one.component for one in bundle.bills}
    return tuple(one.name for one in bundle.version.snapshot.application.components if one.name not in there)


def _is_taken(site: Site, bill: CarriedBill) -> bool:
    try:
        bill_blobs.require_size(site.layout.size(bill.document), bill)
        bill_blobs.require(site.layout.read(bill.document), bill)
    except Refused as refused:
        log.warning("the bill of %s does not travel: %s", bill.component, refused)
        return False
    return True


def keep(site: Site, bundle: Bundle) -> None:
    """Keep the bills that came with a bundle beside their images. Raises Refused `bundle-format` where one is of
    another image, or none.
    """
    for one in bundle.bills:
        # The size that the bundle states need not be that of what lies here.
        bill_blobs.require_size(site.layout.size(one.document), one)
        bill_blobs.require(site.layout.read(one.document), one)
    for one in bundle.bills:
        if attached(site.layout, one.image, PACKED_TYPE) is None:
            _attach(site.layout, one.image, site.layout.read(one.document))


def _made(site: Site, snapshot: ApplicationSnapshot) -> Iterator[CarriedBill]:
    for jar in snapshot.jars:
        for built in jar.images:
            yield _carried(site, jar.component, built.image, partial(_of_jar, site, jar, built))
    for pinned in snapshot.images:
        for image in pinned.images:
            yield _carried(site, pinned.component, image, partial(_of_image, site.layout, image))


def _carried(site: Site, component: str, image: ImageRef, make: Callable[[], bytes]) -> CarriedBill:
    packed = attached(site.layout, image.manifest, PACKED_TYPE)
    if packed is None:
        packed = gzip.compress(make(), mtime=0)
        _attach(site.layout, image.manifest, packed)
    return CarriedBill(component, image.platform, image.manifest, site.layout.add_bytes(packed))


def _of_jar(site: Site, jar: PinnedJar, built: BuiltImage) -> bytes:
    try:
        return built_bill(site, jar.artifact, jar.filename, built)
    except Failure as failure:
        log.warning("the bill of %s is made of its image's layers: %s", jar.component, failure)
        return _of_image(site.layout, built.image)


def _of_image(layout: Layout, image: ImageRef) -> bytes:
    found = recall(layout, image.manifest, image.reference)
    layers = tuple(layer.descriptor.digest for layer in found.layers)
    return image_document(
        layout, BilledImage(image.reference, image.manifest, image.platform, layers, _stamp(layout, found))
    )


def _stamp(layout: Layout, image: Image) -> int:
    """When the image was made; 0 where it does not say so, or in no way that is known."""
    created = read_config(layout, image).get("created")
    try:
        return max(0, int(datetime.fromisoformat(str(created)).timestamp()))
    except (ValueError, OverflowError):
        return 0


def _attach(layout: Layout, image: str, packed: bytes) -> None:
    subject = recall(layout, image, "").manifest
    attach(layout, subject, PACKED_TYPE, packed, created=timestamp(0))
