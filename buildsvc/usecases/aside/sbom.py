"""The bill of materials of a release: made aside once it is live, and kept beside its image."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from buildpacks.errors import Failure, NotFound
from buildpacks.inside.inventory import inventory
from buildsvc.image import manifest
from buildsvc.image.recall import recall
from buildsvc.image.sbom.apart import document
from buildsvc.image.sbom.below import Below
from buildsvc.image.sbom.packages import packages
from buildsvc.image.sbom.referrer import SBOM_TYPE, attach, attached
from buildsvc.image.types import Image
from buildsvc.model.release import Release
from buildsvc.model.version import BuiltImage
from buildsvc.usecases.aside.serving import is_busy, serving
from buildsvc.usecases.site import Site, Workshop

log = logging.getLogger(__name__)

_GIVEN_UP = "no-bill"
"""Images whose bill could not be made; who asks for one is told why, anew."""


def bill(site: Site, application: str, component: str, number: int) -> bytes:
    """Return the CycloneDX document of a release, as it is kept, or made and kept now. Raises NotFound where there is
    none and its artifact or image was pruned.
    """
    release = site.ledger.release(application, component, number)
    if release.is_image_only:
        raise NotFound("no-jar-known", number=number, component=component, image=release.filename)
    return built_bill(site, release.artifact, release.filename, BuiltImage(release.image, release.build))


def built_bill(site: Site, artifact: str, filename: str, built: BuiltImage) -> bytes:
    """Return the bill of an image that was built here of an artifact (SHA-256, hex). Raises as `bill` does."""
    found = attached(site.layout, built.image.manifest, SBOM_TYPE)
    return found if found is not None else _make(site, artifact, filename, built)


def tend(workshop: Workshop) -> None:
    """Make the bill of one live release that has none, when no push is under way."""
    site = workshop.site
    wish = next(_wishes(site), None)
    if wish is None or is_busy(site):
        return
    try:
        bill(site, wish.application, wish.component, wish.number)
    except Exception as error:
        # Whatever it is, it would be the same in five seconds, and others wait.
        log.warning(
            "no bill of materials for %s of %s: %s",
            *(wish.component, wish.application, error),
            exc_info=not isinstance(error, Failure),
        )
        site.layout.remember(_GIVEN_UP, wish.image.manifest.removeprefix("sha256:"), str(error))


def _wishes(site: Site) -> Iterator[Release]:
    for live in serving(site):
        image = live.release.image.manifest
        given_up = site.layout.recall(_GIVEN_UP, image.removeprefix("sha256:"))
        if given_up is None and attached(site.layout, image, SBOM_TYPE) is None:
            yield live.release


def _make(site: Site, artifact: str, filename: str, built: BuiltImage) -> bytes:
    image = recall(site.layout, built.image.manifest, built.image.reference)
    with site.in_use():
        return _written(site, artifact, filename, built, image)


def _written(site: Site, artifact: str, filename: str, built: BuiltImage, image: Image) -> bytes:
    build = built.build
    application = inventory(site.artifacts.path(artifact), filename, artifact, build.title, build.version)
    made = document(application, build.stamp, _ground(site, built, image))
    attach(site.layout, image.manifest, SBOM_TYPE, made, created=manifest.timestamp(build.stamp))
    return made


def _ground(site: Site, built: BuiltImage, image: Image) -> Below:
    labels = (manifest.read_config(site.layout, image).get("config") or {}).get("Labels") or {}
    try:
        base = site.bases.get(built.build.base)
        below, java = base.image, base.java_version
    except NotFound:
        # The image holds the base's layers, and with them its packages.
        below, java = image, labels.get("io.buildsvc.java", "")
    return Below(
        image=image.manifest.digest,
        platform=built.image.platform,
        base=built.build.base,
        base_digest=built.build.base_digest,
        java=java,
        server=labels.get("io.buildsvc.server", ""),
        packages=packages(site.layout, below),
    )
