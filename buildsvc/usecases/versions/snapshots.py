"""What an application runs at this moment, as a snapshot: releases of its jar components, images of the others."""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.engines.base import Publish
from buildsvc.image.types import Image
from buildsvc.model.adoption import portable
from buildsvc.model.application import Component
from buildsvc.model.release import ImageRef
from buildsvc.model.site_values import emptied, stands
from buildsvc.model.version import ApplicationSnapshot, PinnedImage, PinnedJar
from buildsvc.model.version_events import ImageKept
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.look.installed import installed
from buildsvc.usecases.site import Site, Workshop


def snapshot(workshop: Workshop, application: str, publish: Publish) -> ApplicationSnapshot:
    """Take the snapshot. An image that only the engine has is taken into the cache once, so that it can travel. Raises
    Refused `component-waiting` where a jar component runs nothing, `site-values-moved`, NotFound.
    """
    site = workshop.site
    stored = site.ledger.application(application).application
    live = site.ledger.live_all(application)
    _require_all_live(stored.jar_components, live)
    components = tuple(live[one.name].release.spec if one.is_jar else one for one in stored.components)
    running = portable(replace(stored, components=components), site.ledger.adoption(application))
    if not stands(running):
        raise Refused("site-values-moved", application=application)
    return ApplicationSnapshot(
        application=emptied(running),
        jars=tuple(PinnedJar.of(live[one.name].release) for one in stored.jar_components),
        images=tuple(_image(workshop, application, one, publish) for one in stored.components if not one.is_jar),
    )


def cached(site: Site, reference: str, platform: Platform) -> Image | None:
    """Find the image of an image component out of the caches: of images, or of bases (one of that kind). None where
    neither has it for that platform.
    """
    found = site.images.find(reference, platform)
    if found is not None:
        return found
    bases = site.bases.list()
    kind = next((base.kind for base in bases if base.image.reference == reference), None)
    fitting = [base.image for base in bases if kind == base.kind and base.image.platform == platform]
    return next((image for image in fitting if image.reference == reference), fitting[-1] if fitting else None)


def image_ref(image: Image) -> ImageRef:
    """Spell an image as records name it."""
    return ImageRef(image.reference, image.config.digest, image.manifest.digest, str(image.platform))


def _require_all_live(components: tuple[Component, ...], live: dict[str, LiveRelease]) -> None:
    waiting = [one.name for one in components if one.name not in live]
    if waiting:
        raise Refused("component-waiting", components=waiting)


def _image(workshop: Workshop, application: str, component: Component, publish: Publish) -> PinnedImage:
    platform = workshop.engine.platform()
    reference = component.image or ""
    brought = installed(workshop.site, application)
    known = brought.snapshot.image(component.name) if brought is not None else None
    here = known.on(str(platform)) if known is not None else None
    if here is not None and here.reference == reference and workshop.site.layout.has(here.manifest):
        return PinnedImage(component.name, (here,))
    image = cached(workshop.site, reference, platform)
    if image is None:
        image = workshop.site.images.take(workshop.engine.save(reference), reference)[0]
        publish(ImageKept(reference, sum(layer.descriptor.size for layer in image.layers)))
    return PinnedImage(component.name, (image_ref(replace(image, reference=reference)),))
