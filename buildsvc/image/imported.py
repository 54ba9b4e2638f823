"""Images from elsewhere into the content store.

Read are a `docker save` tar (old or new style), an OCI layout and skopeo's `dir:` (tar or folder), the tar plain or
compressed.

Layers are kept uncompressed, and each is compared with the diffID that the image's configuration states. Formats:
moby image/spec/v1.2 (manifest.json is a list), OCI image layout (index.json), containers/image directory transport
(manifest.json is a manifest).
"""

from __future__ import annotations

import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import zstandard

from buildpacks import strict_json
from buildpacks.archives import tar_headers
from buildpacks.archives.unpacking import EndFault
from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.image import compressed, manifest
from buildsvc.image.digest import Descriptor
from buildsvc.image.layer import LAYER_TYPE
from buildsvc.image.layout import CHUNK, LARGEST_DOCUMENT, Layout
from buildsvc.image.pieces import Stream
from buildsvc.image.types import Image, Layer

_MOST_DOCUMENTS = 64 << 20
"""Bytes of all documents of one file together: they are in memory until the last one is read."""
_MOST_FILES = 100_000
_NO_IMAGE = (
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What documents that are none, or name themselves, end in."""
_INDEX_TYPES = {manifest.INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json"}


@dataclass
class _Taken:
    """What was read, by name: small files as bytes, everything else as a blob's (digest, size), and links."""

    documents: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, tuple[str, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    held: int = 0
    """Bytes of the documents."""

    def real(self, name: str) -> str:
        for _ in range(8):
            if name not in self.links:
                break
            name = posixpath.normpath(posixpath.join(posixpath.dirname(name), self.links[name]))
        return name


def read_images(source: Path | Iterable[bytes], layout: Layout) -> tuple[Image, ...]:
    """Take every image of a file, a folder or a stream into `layout`: one for each tag (`reference`), or without any.

    Raises Refused `not-an-image` or `damaged-image`; the store then has no layer that it had not before.
    """
    taken = _Taken()
    try:
        for number, (name, file) in enumerate(_files(source, taken)):
            _require_few(number, taken)
            _take(layout, name, file, taken)
        images = tuple(_images(layout, taken))
    except BaseException as error:
        for digest in taken.new:
            layout.delete(digest)
        # gzip and bzip2 call what is damaged an OSError without a number.
        if isinstance(error, _NO_IMAGE) or (isinstance(error, OSError) and error.errno is None):
            raise Refused("not-an-image.incomplete", error=error or type(error).__name__) from error
        raise
    kept = {digest for image in images for digest in (layer.descriptor.digest for layer in image.layers)}
    for digest in set(taken.new) - kept:
        layout.delete(digest)
    if not images:
        raise Refused("not-an-image.none")
    return images


def _files(source: Path | Iterable[bytes], taken: _Taken) -> Iterator[tuple[str, IO[bytes]]]:
    if isinstance(source, Path) and source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    yield path.relative_to(source).as_posix(), file
        return
    if isinstance(source, Path):
        if not source.is_file():
            raise Refused("no-such-file.image", source=source)
        with source.open("rb") as file:
            yield from _members(file, taken)
        return
    yield from _members(io.BufferedReader(Stream(source), CHUNK), taken)


def _members(file: io.BufferedReader, taken: _Taken) -> Iterator[tuple[str, IO[bytes]]]:
    with tar_headers.opened(compressed.plain(file), "r|", bufsize=CHUNK) as archive:
        for member in archive:
            name = posixpath.normpath(member.name)
            if member.issym():
                taken.links[name] = member.linkname
            elif member.islnk():
                taken.links[name] = posixpath.relpath(
                    posixpath.normpath(member.linkname), posixpath.dirname(name) or "."
                )
            elif (content := archive.extractfile(member)) is not None:
                yield name, content


def _require_few(read: int, taken: _Taken) -> None:
    if read >= _MOST_FILES or len(taken.links) > _MOST_FILES:
        raise EndFault("image-fault.files", most=_MOST_FILES)


def _take(layout: Layout, name: str, file: IO[bytes], taken: _Taken) -> None:
    head = file.read(CHUNK)
    if head[:1] in {b"{", b"["}:
        head += file.read(LARGEST_DOCUMENT + 1 - len(head))
        if len(head) > LARGEST_DOCUMENT:
            raise EndFault("image-fault.document", name=name, most=LARGEST_DOCUMENT)
        taken.documents[name] = head
        taken.held += len(head)
        if taken.held > _MOST_DOCUMENTS:
            raise EndFault("image-fault.documents", most=_MOST_DOCUMENTS)
        return
    digest, size, new = _store(layout, head, file)
    taken.blobs[name] = (digest, size)
    if new:
        taken.new.append(digest)


def _store(layout: Layout, head: bytes, file: IO[bytes]) -> tuple[str, int, bool]:
    with layout.writer() as blob:
        inflate = compressed.inflater(head)
        data = head
        while data:
            for piece in inflate(data) if inflate else (data,):
                blob.write(piece)
            data = file.read(CHUNK)
        if inflate is not None and not inflate.ended:
            raise EndFault("image-fault.layer-ends")
        new = not layout.has(blob.digest)
    return blob.digest, blob.size, new


def _images(layout: Layout, taken: _Taken) -> Iterator[Image]:
    if "manifest.json" in taken.documents:
        saved = strict_json.read(taken.documents["manifest.json"])
        if isinstance(saved, dict):
            yield from _directory(layout, taken, saved)
            return
        for one in saved:
            for tag in one.get("RepoTags") or [""]:
                yield _image(layout, taken, tag, one["Config"], one["Layers"])
        return
    if "index.json" not in taken.documents:
        raise Refused("not-an-image.no-index")
    yield from _indexed(layout, taken, strict_json.read(taken.documents["index.json"]), "")


def _directory(layout: Layout, taken: _Taken, described: Mapping[str, Any]) -> Iterator[Image]:
    """Read skopeo's `dir:`, where blobs lie under their bare digest, and the manifests of an index beside them."""
    for name, document in list(taken.documents.items()):
        taken.documents["blobs/sha256/" + name.removesuffix(".manifest.json")] = document
    for name, stored in list(taken.blobs.items()):
        taken.blobs["blobs/sha256/" + name] = stored
    if "manifests" in described:
        yield from _indexed(layout, taken, described, "")
    else:
        yield _described(layout, taken, "", described)


def _indexed(layout: Layout, taken: _Taken, index: Mapping[str, Any], tag: str) -> Iterator[Image]:
    for one in index["manifests"]:
        name = _name(one.get("annotations") or {}) or tag
        document = taken.documents.get(_path(one["digest"]))
        # A layout may name platforms that were not fetched, and attestations that are no image.
        if document is None or (one.get("platform") or {}).get("os") == "unknown":
            continue
        described = strict_json.read(document)
        if one.get("mediaType") in _INDEX_TYPES or "manifests" in described:
            yield from _indexed(layout, taken, described, name)
        else:
            yield _described(layout, taken, name, described)


def _name(annotations: Mapping[str, str]) -> str:
    """Return the name that a layout's index gives an image: containerd's, or the reference where it is a whole one."""
    whole = annotations.get("io.containerd.image.name")
    written = annotations.get("org.opencontainers.image.ref.name", "")
    return whole or (written if ":" in written or "/" in written else "")


def _described(layout: Layout, taken: _Taken, name: str, described: Mapping[str, Any]) -> Image:
    layers = [_path(layer["digest"]) for layer in described["layers"]]
    return _image(layout, taken, name, _path(described["config"]["digest"]), layers)


def _image(layout: Layout, taken: _Taken, tag: str, config_name: str, layer_names: list[str]) -> Image:
    data = taken.documents[taken.real(posixpath.normpath(config_name))]
    config = strict_json.read(data)
    diff_ids = config["rootfs"]["diff_ids"]
    found = [taken.blobs[taken.real(posixpath.normpath(name))] for name in layer_names]
    if [digest for digest, _ in found] != diff_ids:
        raise Refused("damaged-image", tag=tag)
    layers = [Layer(Descriptor(LAYER_TYPE, digest, size), digest, "base") for digest, size in found]
    platform = Platform(config["os"], config["architecture"])
    return manifest.keep(layout, tag, platform, layers, data)


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")
