"""Make a version ready to travel: every image for every platform, every artifact, and the proof that nothing lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure, Refused
from buildpacks.platforms import Platform
from buildpacks.sentences.values import sentence
from buildsvc.engines.base import Publish
from buildsvc.image.recall import recall
from buildsvc.model.api import Accepted
from buildsvc.model.application import Component
from buildsvc.model.bundle import FORMAT, Blob, Bundle, CarriedImage, Rebuilt
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.raised import warned
from buildsvc.model.release import ImageRef
from buildsvc.model.version import ApplicationSnapshot, BuiltImage, PinnedImage, PinnedJar, Version
from buildsvc.model.version_events import BundleReady
from buildsvc.store.bundle import ranges, writing
from buildsvc.store.bundle.sections import digest_of, document_of, sums_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions import carried_bills
from buildsvc.usecases.versions.elsewhere import for_platform
from buildsvc.usecases.versions.goal import require_whole
from buildsvc.usecases.versions.snapshots import cached, image_ref

Shortage = dict[str, Any]
"""A sentence that says what lacks for whom."""


@dataclass(frozen=True)
class Carried:
    """A jar component as it travels, and the analysis of its artifact."""

    jar: PinnedJar
    analysis: Analysis


def submit(
    site: Site, application: str, wanted: str, *, platforms: tuple[str, ...], have: Iterable[str], actor: str, door: str
) -> Accepted:
    """Queue an export of a version. `platforms` empty means those that it was made for; `have` are digests that the
    target has already. Raises NotFound `no-such-version`, Refused `bad-platform`, `version-pruned`.
    """
    with site.in_use():
        return _submit(site, application, wanted, platforms=platforms, have=have, actor=actor, door=door)


def _submit(
    site: Site, application: str, wanted: str, *, platforms: tuple[str, ...], have: Iterable[str], actor: str, door: str
) -> Accepted:
    version = site.ledger.version(application, wanted)
    require_whole(site, version)
    parsed = [str(Platform.parse(one)) for one in platforms]
    deployment = site.ledger.create_deployment(
        application=application,
        component="",
        cause=Cause.EXPORT,
        artifact=None,
        release=None,
        actor=actor,
        door=door,
    )
    asked = {"version": version.number, "platforms": parsed, "have": sorted(have)}
    site.ledger.remember(f"export:{deployment.id}", asked)
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.export", application=application, version=version.name)


def export(attempt: Attempt) -> None:
    """Make every image and every list, write `app.json` into the content store, and say that the file can be fetched.
    Raises Refused `bundle-incomplete`, naming all that lacks.
    """
    attempt.advance(Phase.BUILDING)
    site, deployment = attempt.workshop.site, attempt.deployment
    asked: dict[str, Any] = site.ledger.recall(f"export:{deployment.id}")
    version = site.ledger.version(deployment.application, str(asked["version"]))
    platforms = [Platform.parse(one) for one in asked["platforms"] or sorted(version.snapshot.platforms)]
    jars, images = _everywhere(site, version.snapshot, platforms, attempt.publish)
    snapshot = replace(version.snapshot, jars=tuple(one.jar for one in jars), images=images)
    bundle = _bundle(site, replace(version, snapshot=snapshot), jars, platforms, frozenset(asked["have"]))
    for component in carried_bills.without_bill(bundle):
        attempt.publish(warned("bill-left-out", component=component))
    document = document_of(bundle)
    digest = site.layout.add_bytes(document)
    site.ledger.remember(f"bundle:{digest}", deployment.id)
    size, sums = writing.length(document, bundle, {}), digest_of(sums_of(document, bundle))
    left_out = sum(blob.size for blob in bundle.builds_on)
    attempt.publish(BundleReady(digest, size, len(bundle.blobs), left_out, bundle.platforms, sums))
    attempt.settle()


def _everywhere(
    site: Site, snapshot: ApplicationSnapshot, platforms: list[Platform], publish: Publish
) -> tuple[tuple[Carried, ...], tuple[PinnedImage, ...]]:
    """Find every component's image for every platform. Whatever lacks is told at once, not one after the other. Raises
    Refused `no-jar-known` where one was adopted, and its jar never pushed: nothing could be made of it elsewhere.
    """
    adopted = [jar.component for jar in snapshot.jars if not jar.artifact]
    if adopted:
        raise Refused("no-jar-known.export", components=adopted)
    lacking: list[Shortage] = []
    jars: list[Carried] = []
    for pinned in snapshot.jars:
        spec = snapshot.application.component(pinned.component)
        assert spec is not None, "a snapshot pins its own components"
        carried, missing = _carried(site, spec, pinned, platforms, publish)
        lacking += missing
        jars += [] if carried is None else [carried]
    images = []
    for image in snapshot.images:
        found = [_image(site, image, platform, lacking) for platform in platforms]
        images.append(replace(image, images=tuple(one for one in found if one is not None)))
    if lacking:
        raise Refused("bundle-incomplete", lacking=lacking)
    return tuple(jars), tuple(images)


def _carried(
    site: Site, spec: Component, pinned: PinnedJar, platforms: list[Platform], publish: Publish
) -> tuple[Carried | None, list[Shortage]]:
    """Return the component for every platform, and what lacks for some."""
    built: list[BuiltImage] = []
    lacking: list[Shortage] = []
    analysis = None
    for platform in platforms:
        try:
            one, analysis = for_platform(site, spec, pinned, platform, publish)
        except Failure as failure:
            told = sentence("bundle-incomplete.jar", component=pinned.component, platform=str(platform), why=failure)
            lacking.append(told)
        else:
            built.append(one)
    carried = None if analysis is None else Carried(replace(pinned, images=tuple(built)), analysis)
    return carried, lacking


def _image(site: Site, pinned: PinnedImage, platform: Platform, lacking: list[Shortage]) -> ImageRef | None:
    recorded = pinned.on(str(platform))
    if recorded is not None and site.layout.has(recorded.manifest):
        return recorded
    reference = pinned.images[0].reference
    found = cached(site, reference, platform)
    if found is None:
        told = sentence("bundle-incomplete.image", component=pinned.component, image=reference, platform=str(platform))
        lacking.append(told)
        return None
    return replace(image_ref(found), reference=reference)


def _bundle(
    site: Site, version: Version, jars: tuple[Carried, ...], platforms: list[Platform], have: frozenset[str]
) -> Bundle:
    images = tuple(_described(site, one) for one in _references(version.snapshot))
    rebuilt, more = _artifacts(site, jars, images)
    bills = carried_bills.made(site, version.snapshot)
    contents = {
        f"sha256:{mount.source}"
        for component in version.snapshot.application.components
        for mount in component.mounts
        if mount.kind == "content"
    }
    order = chain(
        *((one.manifest, one.config, *one.layers) for one in images),
        sorted(contents),
        more,
        (one.document for one in bills),
    )
    sized = [Blob(digest, site.layout.size(digest)) for digest in dict.fromkeys(order)]
    return Bundle(
        format=FORMAT,
        version=version,
        platforms=tuple(str(one) for one in platforms),
        images=images,
        blobs=tuple(blob for blob in sized if blob.digest not in have),
        builds_on=tuple(blob for blob in sized if blob.digest in have),
        rebuilt=rebuilt,
        site=site.settings.site_name,
        made=site.clock.now(),
        bills=bills,
    )


def _references(snapshot: ApplicationSnapshot) -> Iterable[ImageRef]:
    yield from (one.image for jar in snapshot.jars for one in jar.images)
    yield from (one for image in snapshot.images for one in image.images)


def _described(site: Site, image: ImageRef) -> CarriedImage:
    found = recall(site.layout, image.manifest, image.reference)
    layers = tuple(layer.descriptor.digest for layer in found.layers)
    return CarriedImage(image.reference, image.platform, image.manifest, image.config, layers)


def _artifacts(
    site: Site, jars: tuple[Carried, ...], images: tuple[CarriedImage, ...]
) -> tuple[tuple[Rebuilt, ...], list[str]]:
    """How each artifact is put together on the other site, and the digests of what that takes besides the layers."""
    rebuilt: dict[str, Rebuilt] = {}
    more: list[str] = []
    layers = {image.manifest: image.layers for image in images}
    for one in jars:
        artifact = one.jar.artifact
        own = layers[one.jar.images[0].image.manifest]
        described = ranges.cut(site.artifacts.path(artifact), _stored(one.analysis), own, site.layout)
        if described is None:
            more.append(f"sha256:{artifact}")
            continue
        rebuilt[artifact] = Rebuilt(artifact, described)
        more += [part.digest for part in ranges.named(site.layout, described)] + [described]
    return tuple(rebuilt.values()), more


def _stored(analysis: Analysis) -> Iterable[tuple[int, int, str]]:
    """Give the nested jars that lie in the artifact byte for byte: offset, size, SHA-256."""
    members = {member.name: member for member in analysis.members}
    for library in analysis.libraries:
        member = members[library.entry]
        if member.stored:
            yield member.offset, member.size, library.sha256
