"""The file of a bundle, section by section: an uncompressed tar that is an OCI image layout, and all of it foreseeable.

Everything behind the first sections follows from `app.json`: names, sizes, order. So a reader compares each header with
the one that must stand there, and what is renamed, re-ordered, doubled or cut is found at its place. Format: OCI image
layout (github.com/opencontainers/image-spec, image-layout.md); `manifest.json` is what `docker load` reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from buildpacks.errors import Refused
from buildsvc.image import tar
from buildsvc.image.manifest import INDEX_TYPE, MANIFEST_TYPE, canonical
from buildsvc.image.tarball import full_name
from buildsvc.model.bundle import FORMAT, Bundle, CarriedImage
from buildsvc.store.bundle import bill_blobs

DOCUMENT, SUMS = "app.json", "SHA256SUMS"
SIGNATURES = ("SHA256SUMS.sig", "SHA256SUMS.pem")
"""The signature of SHA256SUMS, and the public key that it was made by; both or none."""
LARGEST_DOCUMENT = 64 << 20
LARGEST_SIGNATURE = 16 << 10
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_BUNDLE: TypeAdapter[Bundle] = TypeAdapter(Bundle)


@dataclass(frozen=True)
class Section:
    """One file of the tar: bytes at hand, or a blob by its digest. `size` in bytes."""

    path: str
    size: int
    content: bytes | None = None
    digest: str = ""

    @property
    def header(self) -> bytes:
        """The blocks in front of its content."""
        return tar.header(tar.TarEntry(self.path, size=self.size))

    @property
    def length(self) -> int:
        """Bytes that it takes in the file."""
        return len(self.header) + self.size + tar.padding(self.size)


def document_of(bundle: Bundle) -> bytes:
    """Return the bytes of `app.json`: the same bundle gives the same."""
    return canonical(_BUNDLE.dump_python(bundle, mode="json"))


def bundle_of(document: bytes) -> Bundle:
    """Read what `app.json` says. Raises Refused `bundle-format`, `bundle-newer`."""
    try:
        bundle = _BUNDLE.validate_json(document, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused("bundle-format", where=where, fault=first["msg"]) from error
    if bundle.format != FORMAT:
        raise Refused("bundle-newer", format=bundle.format, known=FORMAT)
    _require_sound(bundle)
    return bundle


def sums_of(document: bytes, bundle: Bundle) -> bytes:
    """SHA256SUMS: what a signature is made of. It names no signature."""
    return head(document, bundle, {})[1].content or b""


def digest_of(sums: bytes) -> str:
    """Return the digest of SHA256SUMS: the whole bundle in one line, as `sha256sum SHA256SUMS` prints it."""
    return f"sha256:{hashlib.sha256(sums).hexdigest()}"


def head(document: bytes, bundle: Bundle, signatures: Mapping[str, bytes]) -> tuple[Section, ...]:
    """Return the sections in front of the blobs: the document, the checksums, the signatures, and what makes it a
    layout.
    """
    rest = (
        _section("oci-layout", _LAYOUT),
        _section("index.json", _index(bundle)),
        _section("manifest.json", _manifests(bundle)),
    )
    sums = _section(SUMS, _sums(document, rest, bundle))
    signed = tuple(_section(name, signatures[name]) for name in SIGNATURES if name in signatures)
    return (_section(DOCUMENT, document), sums, *signed, *rest)


def blobs(bundle: Bundle) -> Iterator[Section]:
    """Give the sections of the blobs, in their order."""
    for blob in bundle.blobs:
        yield Section(blob_path(blob.digest), blob.size, digest=blob.digest)


def blob_path(digest: str) -> str:
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _section(path: str, content: bytes) -> Section:
    return Section(path, len(content), content)


def _sums(document: bytes, rest: tuple[Section, ...], bundle: Bundle) -> bytes:
    """As `sha256sum -c` reads them."""
    lines = [f"{hashlib.sha256(document).hexdigest()}  {DOCUMENT}"]
    lines += [f"{hashlib.sha256(one.content or b'').hexdigest()}  {one.path}" for one in rest]
    lines += [f"{blob.digest.removeprefix('sha256:')}  {blob_path(blob.digest)}" for blob in bundle.blobs]
    return "".join(f"{line}\n" for line in lines).encode()


def _index(bundle: Bundle) -> bytes:
    sizes = {blob.digest: blob.size for blob in (*bundle.blobs, *bundle.builds_on)}
    described = []
    for image in bundle.images:
        system, _, architecture = image.platform.partition("/")
        described.append(
            {
                "mediaType": MANIFEST_TYPE,
                "digest": image.manifest,
                "size": sizes[image.manifest],
                "platform": {"os": system, "architecture": architecture},
                "annotations": {
                    "io.containerd.image.name": full_name(image.reference),
                    "org.opencontainers.image.ref.name": image.reference,
                },
            }
        )
    return canonical({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": described})


def _manifests(bundle: Bundle) -> bytes:
    """Of one platform only: `docker load` knows no others, and would give their tags to whatever comes last."""
    first = bundle.platforms[0] if bundle.platforms else ""
    return canonical(
        [
            {
                "Config": blob_path(image.config),
                "RepoTags": [image.reference],
                "Layers": [blob_path(layer) for layer in image.layers],
            }
            for image in bundle.images
            if image.platform == first
        ]
    )


def _require_sound(bundle: Bundle) -> None:
    """Raise Refused where a digest is none, stands twice, or an image needs one that nobody promises."""
    promised: set[str] = set()
    for blob in (*bundle.blobs, *bundle.builds_on):
        if blob.digest in promised or blob.size < 0 or not _is_digest(blob.digest):
            raise Refused("bundle-format.blob", digest=blob.digest)
        promised.add(blob.digest)
    for image in bundle.images:
        for digest in _needed(image):
            if digest not in promised:
                raise Refused("bundle-format.image", image=image.reference, digest=digest)
    sizes = {blob.digest: blob.size for blob in (*bundle.blobs, *bundle.builds_on)}
    manifests = {one.manifest for one in bundle.images}
    for bill in bundle.bills:
        if bill.document not in promised or bill.image not in manifests:
            raise Refused("bundle-format.bill", component=bill.component)
        bill_blobs.require_size(sizes[bill.document], bill)
    for one in bundle.rebuilt:
        if one.ranges not in promised:
            raise Refused("bundle-format.artifact", artifact=one.artifact)


def _needed(image: CarriedImage) -> tuple[str, ...]:
    return (image.manifest, image.config, *image.layers)


def _is_digest(text: str) -> bool:
    kind, _, digits = text.partition(":")
    return (
        kind == "sha256" and len(digits) == hashlib.sha256().digest_size * 2 and set(digits) <= set("0123456789abcdef")
    )
