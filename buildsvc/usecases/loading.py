"""Bring an image into the engine, and say how it travelled."""

from __future__ import annotations

from buildpacks.errors import Refused
from buildsvc.engines.base import Publish
from buildsvc.image.types import Image
from buildsvc.model.events import ImageLoaded
from buildsvc.usecases.site import Workshop


def load(workshop: Workshop, image: Image, related: tuple[Image, ...], publish: Publish) -> None:
    """Load `image`; layers that it shares with `related` do not travel. Raises Failure `load-failed`, Refused
    `wrong-platform`: engines take an image of another architecture, and it fails only when it is started.
    """
    engine = workshop.engine.platform()
    if image.platform != engine:
        raise Refused(
            "wrong-platform",
            f"The image {image.reference} is for {image.platform}, and the engine is {engine}.",
            "Push the artifact again: it is then built for this engine. Images of others are needed for its platform.",
        )
    clock = workshop.site.clock
    began = clock.now()
    loaded = workshop.engine.load(image, related)
    seconds = (clock.now() - began).total_seconds()
    publish(ImageLoaded(loaded.mode, loaded.layers_sent, loaded.bytes_sent, seconds))


def load_if_absent(workshop: Workshop, image: Image, publish: Publish) -> None:
    """Load `image` unless the engine has its tag."""
    if not workshop.engine.have((image.reference,)):
        load(workshop, image, (), publish)
