"""The nouns of an image: what `assemble` returns, the layout keeps, and an engine loads."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.platforms import Platform
from buildsvc.image.digest import Descriptor


@dataclass(frozen=True)
class Layer:
    """One layer in the content store. Uncompressed layers have `descriptor.digest == diff_id`."""

    descriptor: Descriptor
    diff_id: str
    role: str
    """base, server, dependencies, loader, snapshot-dependencies, application."""


@dataclass(frozen=True)
class Image:
    """A complete image of one platform whose blobs are all in the content store.

    `reference` is its unique tag (`buildsvc/app-component:…`); `config` is the image's id for engines with the classic
    store, `manifest` for those with the containerd store.
    """

    reference: str
    manifest: Descriptor
    config: Descriptor
    layers: tuple[Layer, ...]
    platform: Platform


@dataclass(frozen=True)
class BaseImage:
    """One entry of the local cache of base images.

    `kind` is jre, jdk, gateway, or the name of another recipe; `java` is None for those without one.
    """

    name: str
    kind: str
    java: int | None
    java_version: str
    image: Image
    unpacked_size: int
    """Bytes of all files, uncompressed."""
    java_home: str
    user: str
    """uid:gid that instances run as, for example 10001:10001."""
    glibc: str
    source: str
    """recipe NAME, or the file or reference it was added from."""
    release: str = ""
    """The version of a server (`10.1.59`): a layer for every platform, not an image to run."""
    libraries: tuple[str, ...] = ()
    """File names of the shared libraries in it; empty where nobody has looked."""
