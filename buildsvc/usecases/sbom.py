"""The bill of materials of a release: made once it is live, off its way there, and kept beside its image."""

from __future__ import annotations

import logging

from buildpacks.contents import contents
from buildpacks.errors import Failure, NotFound
from buildsvc.image import manifest
from buildsvc.image.recall import recall
from buildsvc.image.sbom.document import Ground, document
from buildsvc.image.sbom.packages import packages
from buildsvc.image.sbom.referrer import SBOM_TYPE, attach, attached
from buildsvc.image.types import Image
from buildsvc.model.release import Release
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)


def bill(site: Site, application: str, component: str, number: int) -> bytes:
    """The CycloneDX document of a release, as it is kept, or made and kept now. Raises NotFound where there is none and
    its artifact or image was pruned.
    """
    release = site.ledger.release(application, component, number)
    found = attached(site.layout, release.image.manifest, SBOM_TYPE)
    return found if found is not None else _make(site, release)


def keep_bill(site: Site, deployment_id: str) -> None:
    """See to it that what this deployment brought live has its bill. What goes wrong here is no fault of what runs."""
    deployment = site.ledger.deployment(deployment_id)
    if not (deployment.phase.serving and deployment.component and deployment.release is not None):
        return
    try:
        bill(site, deployment.application, deployment.component, deployment.release)
    except Failure as failure:
        log.warning("no bill of materials for deployment %s: %s", deployment_id, failure)
    except Exception:
        log.exception("bill of materials of deployment %s", deployment_id)


def _make(site: Site, release: Release) -> bytes:
    build = release.build
    image = recall(site.layout, release.image.manifest, release.image.reference)
    path = site.artifacts.path(release.artifact)
    application = contents(path, release.filename, release.artifact, build.title, build.version)
    made = document(application, build.stamp, _ground(site, release, image))
    attach(site.layout, image.manifest, SBOM_TYPE, made, created=manifest.timestamp(build.stamp))
    return made


def _ground(site: Site, release: Release, image: Image) -> Ground:
    labels = (manifest.read_config(site.layout, image).get("config") or {}).get("Labels") or {}
    try:
        base = site.bases.get(release.build.base)
        below, java = base.image, base.java_version
    except NotFound:
        # The image holds the base's layers, and with them its packages.
        below, java = image, labels.get("io.buildsvc.java", "")
    return Ground(
        image=image.manifest.digest,
        platform=release.image.platform,
        base=release.build.base,
        base_digest=release.build.base_digest,
        java=java,
        server=labels.get("io.buildsvc.server", ""),
        packages=packages(site.layout, below),
    )
