"""The local cache of base images: one small record a base; its blobs lie in the content store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from buildpacks.errors import Conflict, Failure, NotFound, Refused
from buildpacks.java.decide import JavaBase
from buildpacks.plan import Server
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc.image import servers
from buildsvc.image.digest import Descriptor
from buildsvc.image.imported import read_images
from buildsvc.image.inspecting import Facts, inspect
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage, Image, Layer


@dataclass(frozen=True)
class BaseVerdict:
    """One base's blobs, checked: digests that are missing or whose bytes differ."""

    base: BaseImage
    damaged: tuple[str, ...]


class BaseCache:
    """Records below `root` (`bases/` of the data directory)."""

    def __init__(self, root: Path, layout: Layout) -> None:
        self._root = root
        self._layout = layout

    def list(self) -> tuple[BaseImage, ...]:
        """Return all bases, by name; of one kind the newest last."""
        return tuple(base for _, base in self._records())

    def put(self, base: BaseImage) -> BaseImage:
        """Keep a base whose blobs are in the layout. The same base again changes nothing."""
        self._layout.replace(self.record(base), json.dumps(asdict(base), indent=1).encode())
        return base

    def record(self, base: BaseImage) -> Path:
        """Where this cache writes down what a base is."""
        return self._root / f"{base.name}.json"

    def add(
        self,
        source: Path | Iterable[bytes],
        origin: str,
        kind: str | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> tuple[BaseImage, ...]:
        """Keep the images of a `docker save` tar, of an OCI layout (tar or folder), or of a stream of such a tar; and a
        Tomcat out of such an image or a release archive.

        `origin` says where they came from; `note` takes a sentence on what was left out. `kind` is needed for images
        without Java. Raises what `read_images` and
        `inspect` raise, and Refused `no-java`.
        """
        if isinstance(source, Path) and servers.is_release(source):
            return (self.put(servers.from_release(source, self._layout, origin)),)
        before = frozenset(self._layout)
        # One image with several tags is one base.
        images = {image.manifest.digest: image for image in read_images(source, self._layout)}.values()
        try:
            bases = tuple(_described(image, inspect(self._layout, image), origin, kind) for image in images)
            bases += self._servers(images, origin, note)
        except Failure:
            for digest in {digest for image in images for digest in blobs(image)} - before:
                self._layout.delete(digest)
            raise
        return tuple(self.put(base) for base in bases)

    def _servers(self, images: Iterable[Image], origin: str, note: Callable[[str], None]) -> tuple[BaseImage, ...]:
        """Find the Tomcats in these images. One that cannot serve is noted: the Java around it is still a base."""
        found: dict[str, BaseImage] = {}
        for image in images:
            try:
                server = servers.from_image(self._layout, image, origin)
            except Refused as refused:
                note(Wording("tomcat-left-out", why=refused))
                continue
            if server is not None:
                found[server.name] = server
        return tuple(found.values())

    def with_java(self) -> tuple[JavaBase, ...]:
        """Return those with Java, as `buildpacks.java.decide` asks for them: of one release the newest last."""
        return tuple(
            JavaBase(base.name, base.kind, base.java, base.image.platform)
            for base in self.list()
            if base.java is not None
        )

    def get(self, name: str) -> BaseImage:
        """By name. Raises NotFound `no-such-base`."""
        for base in self.list():
            if name in {base.name, base.image.reference}:
                return base
        names = ", ".join(base.name for base in self.list()) or "none"
        raise NotFound("no-such-base", name=name, names=names)

    def find(self, kind: str, platform: Platform) -> BaseImage:
        """Find the newest base of a kind without a Java release (gateway, redis, …). Raises Refused `no-base-image`."""
        found = [base for base in self.list() if base.kind == kind and base.image.platform == platform]
        if not found:
            raise Refused("no-base-image.kind", kind=kind, platform=platform)
        return found[-1]

    def labels(self, base: BaseImage) -> Mapping[str, str]:
        """Return the labels of a base's image. Raises NotFound when its configuration is not in the content store."""
        config = json.loads(self._layout.document(base.image.config.digest))
        return config.get("config", {}).get("Labels") or {}

    def server(self, need: Server, whose: str) -> BaseImage:
        """Return the newest release of the first line that the cache has; errors say `whose` need it is. Raises Refused
        `no-server`.
        """
        there = [base for base in self.list() if base.kind == need.kind and base.release]
        for line in need.lines:
            found = [base for base in there if base.release.startswith(f"{line}.")]
            if found:
                return max(found, key=lambda base: [int(part) for part in base.release.split(".")])
        have = ", ".join(base.release for base in there) or "none"
        wanted = f"{need.kind.capitalize()} {' or '.join(need.lines)}"
        raise Refused(
            "no-server", whose=whose, wanted=wanted, reason=need.reason, have=have, kind=need.kind, lines=need.lines[0]
        )

    def verify(self, report: Callable[[BaseVerdict], None] | None = None) -> tuple[BaseVerdict, ...]:
        """Read every blob of every base and compare its digest."""
        verdicts = []
        known: dict[str, bool] = {}
        for base in self.list():
            for digest in blobs(base.image):
                if digest not in known:
                    known[digest] = self._layout.verify(digest)
            verdict = BaseVerdict(base, tuple(digest for digest in blobs(base.image) if not known[digest]))
            verdicts.append(verdict)
            if report is not None:
                report(verdict)
        return tuple(verdicts)

    def remove(self, name: str, *, built_on: Iterable[str] = (), used: Iterable[str] = ()) -> int:
        """Remove a base and those of its blobs that no other base has; returns the bytes that became free.

        `built_on` are manifests of bases that releases or versions need, `used` digests that anything else needs.
        Raises Conflict `base-in-use`, NotFound.
        """
        base = self.get(name)
        needed = frozenset(used)
        if base.image.manifest.digest in built_on:
            raise Conflict("base-in-use", base=base.name)
        (self._root / f"{base.name}.json").unlink()
        kept = {digest for other in self.list() for digest in blobs(other.image)} | needed
        return sum(self._layout.delete(digest) for digest in blobs(base.image) if digest not in kept)

    def _records(self) -> Iterable[tuple[float, BaseImage]]:
        if not self._root.is_dir():
            return []
        records = [(path.stat().st_mtime_ns, _read(path)) for path in self._root.glob("*.json")]
        return sorted(records, key=lambda record: (record[1].kind, record[1].java or 0, record[0], record[1].name))


def blobs(image: Image) -> tuple[str, ...]:
    """Return every digest that an image consists of: manifest, configuration, layers bottom up."""
    return (image.manifest.digest, image.config.digest, *(layer.descriptor.digest for layer in image.layers))


def _described(image: Image, facts: Facts, origin: str, kind: str | None) -> BaseImage:
    if facts.java is None and kind in {None, "jre", "jdk"}:
        raise Refused("no-java.image", reference=image.reference or origin)
    java = facts.java if kind in {None, "jre", "jdk"} else None
    sort = kind or ("jdk" if facts.compiler else "jre")
    plain = f"{sort}-{java}" if java is not None else sort
    name = f"{plain}-{image.platform.architecture}-{image.manifest.digest[7:15]}"
    return BaseImage(
        name=name,
        kind=sort,
        java=java,
        java_version=facts.java_version,
        image=replace(image, reference=f"buildsvc/base:{name}"),
        unpacked_size=facts.size,
        java_home=facts.java_home,
        user=facts.user,
        glibc=facts.glibc,
        source=origin,
        libraries=facts.libraries,
    )


def _read(path: Path) -> BaseImage:
    document = json.loads(path.read_bytes())
    libraries = tuple(document.get("libraries", ()))
    return BaseImage(**{**document, "image": recorded_image(document["image"]), "libraries": libraries})


def recorded_image(document: dict[str, Any]) -> Image:
    """Return the image that a record describes."""
    return Image(
        document["reference"],
        Descriptor(**document["manifest"]),
        Descriptor(**document["config"]),
        tuple(
            Layer(Descriptor(**layer["descriptor"]), layer["diff_id"], layer["role"]) for layer in document["layers"]
        ),
        Platform(**document["platform"]),
    )
