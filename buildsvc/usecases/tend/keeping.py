"""What stays: which releases and versions the rule keeps, and every blob that is reached from them.

Anything else of what is kept may go. So whatever is to stay has to be reached from here: a new kind of record that
names blobs gets a line in `reachable`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.image import class_archives
from buildsvc.image.bases import blobs
from buildsvc.image.layout import Layout
from buildsvc.image.sbom import referrer
from buildsvc.image.types import Image
from buildsvc.model.release import Release
from buildsvc.model.version import Version
from buildsvc.usecases.aside.whole_archiving import key_of
from buildsvc.usecases.look.installed import installed
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend.retention import rule_of
from buildsvc.usecases.versions import importing

YOUNG = timedelta(days=1)
"""What is younger stays whatever the rule says: somebody may be about to rely on it."""
PINNED = timedelta(days=30)
"""How long stays what was promised to another site (a list of what is here, a bundle), what came from one, and the
releases of an application that was removed.
"""
_IMPORT, _BUNDLE, _HAVE = "import:", "bundle:", "have:"
_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Holdings:
    """What the ledger has that was not pruned, and which of it the rule lets go; both the oldest first."""

    releases: tuple[Release, ...]
    versions: tuple[Version, ...]
    old_releases: tuple[Release, ...]
    old_versions: tuple[Version, ...]

    @property
    def kept_releases(self) -> tuple[Release, ...]:
        going = {one.id for one in self.old_releases}
        return tuple(one for one in self.releases if one.id not in going)

    @property
    def going(self) -> frozenset[str]:
        """The ids of the releases and versions that go."""
        return frozenset([one.id for one in self.old_releases] + [one.id for one in self.old_versions])


def recorded(site: Site) -> Holdings:
    """Apply the rule to every release and version."""
    pruned = site.ledger.pruned_versions()
    versions = tuple(one for one in reversed(site.ledger.versions()) if one.id not in pruned)
    kept = _kept_versions(site, versions)
    releases = site.ledger.whole_releases()
    staying = _kept_releases(site, releases, [one for one in versions if one.id in kept])
    return Holdings(
        releases,
        versions,
        tuple(one for one in releases if one.id not in staying),
        tuple(one for one in versions if one.id not in kept),
    )


def reachable(site: Site, found: Holdings, *, without: Image | None = None) -> frozenset[str]:
    """Return every digest that stays, should this base or this image of the cache go. Raises Conflict
    `keeping-unclear` where a document that says so is damaged.
    """
    named = site.ledger.references(without=found.going)
    keys = archive_keys(site, found)
    archives = [one for one in class_archives.recorded(site.layout) if one.key in keys and not one.unusable]
    reached = {f"sha256:{one}" for one in named.artifacts | named.contents}
    reached.update(chain.from_iterable((one.layer, one.names, one.listed) for one in archives))
    images = [*(f"sha256:{one}" for one in named.manifests), *(one.image for one in archives)]
    for cached in chain((one.image for one in site.bases.list()), site.images.list()):
        if cached != without:
            reached.update(blobs(cached))
            reached.update(referrer.blobs(site.layout, cached.manifest.digest))
    for image in images:
        reached.update(image_blobs(site.layout, image))
        reached.update(referrer.blobs(site.layout, image))
    for document in _promised(site):
        reached.add(document)
        reached.update(one.decode() for one in _DIGEST.findall(_read(site.layout, document)))
    return frozenset(reached)


def archive_keys(site: Site, found: Holdings) -> frozenset[str]:
    """Return the keys of the archives of classes that stay: over the libraries of every release that is kept, over
    everything of those that serve and of those that they would go back to.
    """
    near: set[tuple[str, str, int | None]] = set()
    for name in site.ledger.application_names():
        for component, live in site.ledger.live_all(name).items():
            near |= {(name, component, live.release.number), (name, component, live.previous)}
    whole = (one for one in found.kept_releases if (one.application, one.component, one.number) in near)
    return frozenset([one.build.cds for one in found.kept_releases] + [key_of(one) for one in whole])


def needed_besides(site: Site, image: Image) -> frozenset[str]:
    """Return every digest that something else needs than this base or image of the cache, whatever the rule lets go."""
    everything = replace(recorded(site), old_releases=(), old_versions=())
    return reachable(site, everything, without=image)


def built_on(site: Site) -> frozenset[str]:
    """Return the manifests of the bases that releases and versions were built on, whatever the rule lets go."""
    found = recorded(site)
    jars = (jar for version in found.versions for jar in version.snapshot.jars)
    builds = chain((one.build for one in found.releases), (one.build for jar in jars for one in jar.images))
    return frozenset(one.base_digest for one in builds)


def offered(site: Site) -> tuple[str, ...]:
    """Return the digests that another site may count on for the next 30 days, and see to it that they stay."""
    with site.in_use():
        stays = reachable(site, recorded(site))
        digests = tuple(one for one in site.layout if one in stays)
        document = site.layout.add_bytes(json.dumps(digests).encode())
        site.ledger.remember(f"{_HAVE}{document}", site.clock.now().isoformat())
    return digests


def forget_old_promises(site: Site) -> None:
    """Drop what nobody can count on any more: imports that were never finished, bundles, lists."""
    for prefix in (_IMPORT, _BUNDLE, _HAVE):
        for document in site.ledger.facts(prefix):
            if _is_promised(site, prefix, document):
                continue
            if prefix == _IMPORT:
                importing.forget(site, document)
            else:
                site.ledger.remember(f"{prefix}{document}", None)


def remove_base(site: Site, name: str) -> int:
    """Remove a base image and the blobs that nothing else needs; returns the bytes that became free. Raises Conflict
    `base-in-use`, NotFound.
    """
    base = site.bases.get(name)
    return site.bases.remove(name, built_on=built_on(site), used=needed_besides(site, base.image))


def image_blobs(layout: Layout, manifest: str) -> tuple[str, ...]:
    """Return every digest that an image consists of; of one that is not here its manifest alone."""
    data = _read(layout, manifest)
    if not data:
        return (manifest,)
    told = json.loads(data)
    return (manifest, told["config"]["digest"], *(layer["digest"] for layer in told["layers"]))


def _kept_versions(site: Site, versions: tuple[Version, ...]) -> frozenset[str]:
    """Return the ids of the versions that stay: the newest, the young, the installed, and what came lately."""
    now, most = site.clock.now(), rule_of(site).versions
    by_application: dict[str, list[Version]] = defaultdict(list)
    for one in versions:
        by_application[one.application].append(one)
    kept = {one.id for group in by_application.values() for one in group[-most:]}
    at = [installed(site, name) for name in site.ledger.application_names()]
    kept |= {one.id for one in at if one is not None}
    return frozenset(kept | {one.id for one in versions if now - one.created < (PINNED if one.origin else YOUNG)})


def _kept_releases(site: Site, releases: tuple[Release, ...], versions: Collection[Version]) -> frozenset[str]:
    """Return the ids of the releases that stay."""
    now, ledger = site.clock.now(), site.ledger
    most = rule_of(site).releases
    applications = set(ledger.application_names())
    pinned = {
        (jar.artifact, one.image.manifest) for each in versions for jar in each.snapshot.jars for one in jar.images
    }
    wanted = {(one.application, one.component, one.release) for one in ledger.unended()}
    by_component: dict[tuple[str, str], list[Release]] = defaultdict(list)
    for release in releases:
        by_component[release.application, release.component].append(release)
    kept: set[str] = set()
    for (application, component), group in by_component.items():
        served = ledger.served(application, component)[:most]
        live = ledger.live(application, component)
        numbers = {*served, *((live.release.number, live.previous) if live else ())}
        for one in group:
            lasting = (one.number in numbers or one.is_image_only) and (
                application in applications or now - one.created < PINNED
            )
            asked_for = (application, component, one.number) in wanted
            is_pinned = (one.artifact, one.image.manifest) in pinned
            if lasting or asked_for or is_pinned or now - one.created < YOUNG:
                kept.add(one.id)
    return frozenset(kept)


def _promised(site: Site) -> Iterator[str]:
    """Give the documents (digests) whose blobs were promised and still are."""
    for prefix in (_IMPORT, _BUNDLE, _HAVE):
        for document in site.ledger.facts(prefix):
            if _is_promised(site, prefix, document):
                yield document


def _is_promised(site: Site, prefix: str, document: str) -> bool:
    told = site.ledger.recall(f"{prefix}{document}")
    try:
        since = site.ledger.deployment(told).created if prefix == _BUNDLE else datetime.fromisoformat(told)
    except (NotFound, TypeError, ValueError):
        return False
    return site.clock.now() - since < PINNED


def _read(layout: Layout, digest: str) -> bytes:
    """Read a document; empty where it is not here. What is damaged is not guessed at: it may name what has to stay."""
    if not layout.has(digest):
        return b""
    try:
        return layout.read(digest)
    except (NotFound, Refused) as damaged:
        raise Conflict("keeping-unclear", digest=digest) from damaged
