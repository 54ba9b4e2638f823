"""An image as the tar that `docker load` takes: OCI layout and `manifest.json` in one, present layers left out.

Both descriptions are needed: the classic store reads `manifest.json` and skips a layer whose chain of diffIDs it has
before it opens the file (moby image/tarexport/load.go); the containerd store reads `index.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from buildsvc.image import manifest, tar
from buildsvc.image.appearing import appearing
from buildsvc.image.layout import CHUNK, Layout
from buildsvc.image.types import Image

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Part:
    """One file of the tar: bytes at hand, or a blob."""

    path: str
    size: int
    content: bytes | None
    digest: str = ""


def write(layout: Layout, image: Image, *, present: frozenset[str] = _NOTHING) -> Iterator[bytes]:
    """Give the tar in pieces of at most 1 MiB. Layers whose diffID is in `present` are left out: the engine must have
    them.

    Raises NotFound `no-blob`, before the first piece when a blob is missing from the start.
    """
    parts = _parts(layout, image, present)
    return _stream(layout, parts)


def length(layout: Layout, image: Image, *, present: frozenset[str] = _NOTHING) -> int:
    """How many bytes `write` gives, for a Content-Length or a progress display."""
    sizes = (part.size for part in _parts(layout, image, present))
    return sum(tar.BLOCK + size + tar.padding(size) for size in sizes) + len(tar.END)


def write_file(layout: Layout, image: Image, path: Path) -> int:
    """Write the whole image as a file for `docker load`; return its size. The file appears complete or not at all."""
    with appearing(path) as file:
        for piece in write(layout, image):
            file.write(piece)
    return path.stat().st_size


def full_name(reference: str) -> str:
    """Spell a reference as containerd spells it: with a registry and, for single-word names, `library/`."""
    first, slash, _ = reference.partition("/")
    if not slash:
        return f"docker.io/library/{reference}"
    return reference if "." in first or ":" in first or first == "localhost" else f"docker.io/{reference}"


def with_tag(reference: str) -> str:
    """Spell a reference with its tag, as the engine wants it in a tar: `redis` is `redis:latest`. None stays none."""
    whole = not reference or ":" in reference.rpartition("/")[2] or "@" in reference
    return reference if whole else f"{reference}:latest"


def _stream(layout: Layout, parts: tuple[_Part, ...]) -> Iterator[bytes]:
    for part in parts:
        head = tar.header(tar.TarEntry(part.path, size=part.size))
        if part.content is not None:
            yield head + tar.pad(part.content)
            continue
        yield head
        with layout.open(part.digest) as file:
            while data := file.read(CHUNK):
                yield data
        yield bytes(tar.padding(part.size))
    yield tar.END


def _parts(layout: Layout, image: Image, present: frozenset[str]) -> tuple[_Part, ...]:
    config, described = image.config.digest, image.manifest.digest
    reference = with_tag(image.reference)
    index = {
        "schemaVersion": 2,
        "mediaType": manifest.INDEX_TYPE,
        "manifests": [
            {
                **manifest.descriptor_json(image.manifest),
                "platform": {"os": image.platform.os, "architecture": image.platform.architecture},
                "annotations": {
                    "io.containerd.image.name": full_name(reference),
                    "org.opencontainers.image.ref.name": reference.rpartition(":")[2],
                },
            }
        ],
    }
    classic = [
        {
            "Config": _blob_path(config),
            "RepoTags": [reference],
            "Layers": [_blob_path(layer.descriptor.digest) for layer in image.layers],
        }
    ]
    small = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": manifest.canonical(index),
        "manifest.json": manifest.canonical(classic),
        _blob_path(described): layout.document(described),
        _blob_path(config): layout.document(config),
    }
    parts = [_Part(path, len(content), content) for path, content in small.items()]
    sent: set[str] = set()
    for layer in image.layers:
        digest = layer.descriptor.digest
        if layer.diff_id in present or digest in sent:
            continue
        sent.add(digest)
        layout.require_sound(digest)
        parts.append(_Part(_blob_path(digest), layout.size(digest), None, digest))
    return tuple(parts)


def _blob_path(digest: str) -> str:
    return "blobs/sha256/" + digest.removeprefix("sha256:")
