"""Take a bundle in: first what it asks of this site, then blob by blob, then the version. Nothing is used before all of
it is here and verified, and whatever was taken in need not come again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.image.layout import CHUNK
from buildsvc.model.artifact import Artifact
from buildsvc.model.bundle import Blob, Bundle
from buildsvc.model.version import Version, same
from buildsvc.store.bundle import ranges
from buildsvc.store.bundle.sections import bundle_of, sums_of
from buildsvc.store.bundle.signatures import SigningKey
from buildsvc.store.durable_files import MIB, alone, require_free
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions import carried_bills
from buildsvc.usecases.versions.signing import admitted, said

_PREFIX, _SIGNER = "import:", "import-signer:"
_RESERVE = 64 * MIB
MOST_IMPORTS = 50
"""Imports that may be under way at the same time: what each brings is kept for it."""


@dataclass(frozen=True)
class StillWanted:
    """What a bundle has and this site lacks. `id` names the import; `size` in bytes."""

    id: str
    bundle: Bundle
    missing: tuple[Blob, ...]
    signed: SigningKey | None = None

    @property
    def size(self) -> int:
        return sum(blob.size for blob in self.missing)


def begin(
    site: Site, document: bytes, signatures: Mapping[str, bytes] | None = None, *, pin: bool = True
) -> StillWanted:
    """Look at a bundle's `app.json` and say what has to come. With `pin` what it brings is kept for it. Raises Refused
    `bundle-format`, `bundle-newer`, `bundle-signature`, `bundle-builds-on`, `wrong-bundle-platform`, `disk-full`,
    Conflict `too-many-imports`; nothing is changed then.
    """
    with site.in_use():
        return _begin(site, document, signatures or {}, pin=pin)


def _begin(site: Site, document: bytes, signatures: Mapping[str, bytes], *, pin: bool) -> StillWanted:
    bundle = bundle_of(document)
    signed = admitted(site, sums_of(document, bundle), signatures)
    _require_ground(site, bundle)
    _require_platform(site, bundle)
    missing = tuple(blob for blob in bundle.blobs if not site.layout.has(blob.digest))
    rebuilt = sum(_length(bundle, one.artifact) for one in bundle.rebuilt)
    require_free(site.settings.paths.tmp, sum(blob.size for blob in missing) + rebuilt + _RESERVE)
    if not pin:
        return StillWanted("", bundle, missing, signed)
    digest = site.layout.add_bytes(document)
    # Several that begin at the same moment are counted one after the other.
    with alone(site.settings.paths.tmp / "imports.lock"):
        others = set(site.ledger.facts(_PREFIX)) - {digest}
        if len(others) >= MOST_IMPORTS:
            raise Conflict("too-many-imports", most=MOST_IMPORTS)
        site.ledger.remember(f"{_PREFIX}{digest}", site.clock.now().isoformat())
    site.ledger.remember(f"{_SIGNER}{digest}", [said(signed), signed.fingerprint] if signed else None)
    return StillWanted(digest, bundle, missing, signed)


def put(site: Site, wanted: str, digest: str, stream: BinaryIO) -> int:
    """Take one blob of an import in; returns its size. Raises Refused `wrong-blob`, `not-in-bundle`, NotFound."""
    _require_under_way(site, wanted)
    size = site.promised.sizes(wanted).get(digest)
    if size is None:
        raise Refused("not-in-bundle", digest=digest)
    if site.layout.has(digest):
        # Another import brought it meanwhile. What is sent is read all the same: whoever sends is not cut off.
        for _ in _sent(stream, size):
            pass
        return size
    with site.layout.writer(digest) as writer:
        for data in _sent(stream, size):
            writer.write(data)
    return size


def _sent(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (data := stream.read(min(CHUNK, size))):
        yield data
        size -= len(data)


def finish(site: Site, wanted: str, *, actor: str) -> Version:
    """Put the artifacts together and write the version down; it may be called again, until `forget`. Raises Refused
    `blobs-missing`.
    """
    with site.in_use():
        return _finish(site, wanted, actor)


def require_sent(site: Site, bundle: Bundle) -> None:
    """Raise Refused `blobs-missing` where a blob of the bundle has not come."""
    _require_all(site, bundle.blobs)


def _finish(site: Site, wanted: str, actor: str) -> Version:
    bundle = bundle_under_way(site, wanted)
    _require_all(site, bundle.blobs)
    carried_bills.keep(site, bundle)
    for one in bundle.rebuilt:
        ranges.join(site.layout, one.ranges, one.artifact)
    _require_all(site, [Blob(f"sha256:{jar.artifact}", 0) for jar in bundle.version.snapshot.jars])
    for jar in bundle.version.snapshot.jars:
        path = site.artifacts.path(jar.artifact)
        site.ledger.remember_artifact(Artifact(jar.artifact, jar.filename, path.stat().st_size, site.clock.now()))
    return _written(site, bundle, actor)


def bundle_under_way(site: Site, wanted: str) -> Bundle:
    """Return the bundle of an import that was begun. Raises NotFound `no-such-import`."""
    _require_under_way(site, wanted)
    return bundle_of(site.layout.read(wanted))


def signer_of(site: Site, wanted: str) -> tuple[str, str]:
    """Say who signed the bundle of an import under way: as people know the key, and its fingerprint; "" for nobody."""
    name, fingerprint = site.ledger.recall(f"{_SIGNER}{wanted}") or ("", "")
    return name, fingerprint


def forget(site: Site, wanted: str) -> None:
    """Keep nothing for an import any more: its version is written down, or nobody goes on with it."""
    site.ledger.remember(f"{_SIGNER}{wanted}", None)
    site.ledger.remember(f"{_PREFIX}{wanted}", None)


def _require_under_way(site: Site, wanted: str) -> None:
    if not wanted.startswith("sha256:") or site.ledger.recall(f"{_PREFIX}{wanted}") is None:
        raise NotFound("no-such-import", wanted=wanted[:80])


def _written(site: Site, bundle: Bundle, actor: str) -> Version:
    """Return the version as this site has it; the same bundle again is the same version."""
    version = bundle.version
    origin = version.origin or f"{bundle.site}/{version.number}"
    pruned = site.ledger.pruned_versions()
    for known in site.ledger.versions(version.application):
        if known.id in pruned:
            continue
        if known.origin == origin and known.name == version.name and same(known.snapshot, version.snapshot):
            return known
    return site.ledger.create_version(
        version.application,
        version.snapshot,
        name=_free_name(site, version),
        note=version.note,
        actor=actor,
        origin=origin,
    )


def _free_name(site: Site, version: Version) -> str:
    taken = {known.name for known in site.ledger.versions(version.application)}
    return next(name for name in _names(version.name) if name not in taken)


def _names(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        yield f"{name}+{number}"
        number += 1


def _require_ground(site: Site, bundle: Bundle) -> None:
    lacking = [blob for blob in bundle.builds_on if not site.layout.has(blob.digest)]
    if lacking:
        size = sum(blob.size for blob in lacking)
        first = lacking[0].digest
        raise Refused("bundle-builds-on", title=bundle.title, count=len(lacking), size=size, first=first)


def _require_platform(site: Site, bundle: Bundle) -> None:
    here = {str(base.image.platform) for base in site.bases.list()}
    if here and here.isdisjoint(bundle.platforms):
        raise Refused("wrong-bundle-platform", title=bundle.title, platforms=bundle.platforms, here=sorted(here))


def _require_all(site: Site, blobs: Iterable[Blob]) -> None:
    missing = [blob.digest for blob in blobs if not site.layout.has(blob.digest)]
    if missing:
        raise Refused("blobs-missing", count=len(missing), first=missing[0])


def _length(bundle: Bundle, artifact: str) -> int:
    """About how large an artifact is: its image's own layers hold the same files."""
    sizes = {blob.digest: blob.size for blob in (*bundle.blobs, *bundle.builds_on)}
    jar = next(one for one in bundle.version.snapshot.jars if one.artifact == artifact)
    image = next(one for one in bundle.images if one.manifest == jar.images[0].image.manifest)
    return sum(sizes[layer] for layer in image.layers[1:])
