"""The image of a jar component for any platform, as it travels: made anew from its artifact, without a class archive.

Its layers are there already, so this writes next to nothing; only the base below them is another.
"""

from __future__ import annotations

from dataclasses import replace

from buildpacks.analysis import Analysis
from buildpacks.platforms import Platform
from buildsvc.engines.base import Publish
from buildsvc.model.application import Component
from buildsvc.model.version import BuiltImage, PinnedJar
from buildsvc.usecases.build.build import build
from buildsvc.usecases.build.order import Order, Understanding
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import understood


def for_platform(
    site: Site, spec: Component, pinned: PinnedJar, platform: Platform, publish: Publish
) -> tuple[BuiltImage, Analysis]:
    """Build it offline. Raises NotFound `no-such-artifact`, Refused where no cached base fits or it cannot run."""
    analysis = understood(site, pinned.artifact, pinned.filename, (platform.architecture,))
    former = pinned.images[0]
    jar = spec.jar
    assert jar is not None, "it is a jar component"
    order = Order(
        platform=platform,
        reference=_reference(former.image.reference, platform),
        java=jar.java,
        buildpacks=site.buildpacks.current(),
        context=jar.context,
        stamp=former.build.stamp,
        shared=jar.layers == "shared",
        split=frozenset(former.build.split),
        natives=jar.natives,
    )
    built = build(site.layout, site.bases, Understanding(analysis), order, publish)
    return BuiltImage(built.reference, replace(built.facts, split=former.build.split)), analysis


def _reference(native: str, platform: Platform) -> str:
    """Return a tag of its own for each platform: an engine that is given both keeps both apart."""
    name, _, tag = native.rpartition(":")
    return f"{name}:{tag.partition('-')[0]}-{platform.architecture}"
