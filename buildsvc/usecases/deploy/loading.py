"""Bring an image into the engine, and say how it travelled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from buildpacks.errors import NotFound, Refused
from buildsvc.engines.base import Publish
from buildsvc.image.recall import recall
from buildsvc.image.types import BaseImage, Image
from buildsvc.model.events import ImageLoaded
from buildsvc.model.release import Release
from buildsvc.usecases.site import Site, Workshop

_MOST_RELATED = 3
"""Images that the engine is asked for; each question takes some milliseconds."""
_OF_A_COMPONENT = 3
"""Newest releases of a component that are looked at."""


def load(workshop: Workshop, image: Image, related: tuple[Image, ...], publish: Publish) -> None:
    """Load `image`; layers that it shares with `related` do not travel. Raises Failure `load-failed`, Refused
    `wrong-platform`: engines take an image of another architecture, and it fails only when it is started.
    """
    engine = workshop.engine.platform()
    if image.platform != engine:
        raise Refused("wrong-platform", reference=image.reference, platform=image.platform, engine=engine)
    clock = workshop.site.clock
    began = clock.now()
    loaded = workshop.engine.load(image, related)
    seconds = (clock.now() - began).total_seconds()
    publish(ImageLoaded(loaded.mode, loaded.layers_sent, loaded.bytes_sent, seconds))


def load_if_absent(workshop: Workshop, image: Image, publish: Publish) -> None:
    """Load `image` unless the engine has its tag."""
    if not workshop.engine.have((image.reference,)):
        load(workshop, image, (), publish)


def gateway_of(workshop: Workshop, publish: Publish) -> BaseImage:
    """Return the newest image of gateways, loaded. Raises Refused `no-base-image`."""
    gateway = workshop.site.bases.find("gateway", workshop.engine.platform())
    load_if_absent(workshop, gateway.image, publish)
    return gateway


def related(site: Site, application: str, component: str, image: Image) -> tuple[Image, ...]:
    """Return the recorded images that share most layers with `image`, bottom up, the best first.

    Mostly the component's live one has all but the topmost. Otherwise its other releases are looked at, and what the
    components of every application run: those with the same libraries have their layer already.
    """
    own = _shared(image, _recorded(site, _live(site, application, component)))
    if own and own[0][0] >= len(image.layers) - 1:
        return tuple(one for _, one in own)
    found = {
        one.manifest.digest: (count, one) for count, one in _shared(image, _recorded(site, _others(site, component)))
    }
    best = sorted((*own, *found.values()), key=lambda pair: -pair[0])
    return tuple(one for _, one in best[:_MOST_RELATED])


def _live(site: Site, application: str, component: str) -> Iterator[Release]:
    live = site.ledger.live(application, component)
    if live is not None:
        yield live.release


def _others(site: Site, component: str) -> Iterator[Release]:
    for stored in site.ledger.applications():
        name = stored.application.name
        yield from site.ledger.releases(name, component)[:_OF_A_COMPONENT]
        yield from (live.release for live in site.ledger.live_all(name).values())


def _recorded(site: Site, releases: Iterator[Release]) -> Iterator[Image]:
    for release in releases:
        try:
            yield recall(site.layout, release.image.manifest, release.image.reference)
        except NotFound:
            # Pruned: the engine may have it still, but without its record nothing is known of its layers.
            continue


def _shared(image: Image, others: Iterator[Image]) -> list[tuple[int, Image]]:
    """Pairs of how many bottom layers are the same, and the image; none without any."""
    mine = [layer.diff_id for layer in image.layers]
    counted = ((_common(mine, [layer.diff_id for layer in one.layers]), one) for one in others)
    return [(count, one) for count, one in counted if count]


def _common(mine: list[str], theirs: list[str]) -> int:
    pairs = zip(mine, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
