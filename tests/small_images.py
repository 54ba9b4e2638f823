"""Small images for tests: a base of a few files in a content store, without any package and without Java that runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from buildpacks.platforms import Platform
from buildsvc.image import manifest, tar
from buildsvc.image.digest import Descriptor
from buildsvc.image.layer import LAYER_TYPE
from buildsvc.image.layout import Layout
from buildsvc.image.recall import recall
from buildsvc.image.types import BaseImage, Image, Layer
from buildsvc.model.release import ImageRef
from tests import forge
from tests.two_platforms import AMD64

HOME = "usr/lib/jvm/java-17"
MACHINES = {"amd64": 62, "arm64": 183, "loong64": 258}


def layout(folder: Path) -> Layout:
    return Layout(folder, folder / "tmp")


def layer(store: Layout, files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> Layer:
    """One layer of these files and symbolic links."""
    with store.writer() as blob:
        for path, content in sorted(files.items()):
            tar.write_file(blob.write, tar.TarEntry(path, size=len(content)), content)
        for path, target in sorted((links or {}).items()):
            blob.write(tar.header(tar.TarEntry(path, tar.SYMLINK, 0o777, target=target)))
        blob.write(tar.END)
    return Layer(Descriptor(LAYER_TYPE, blob.digest, blob.size), blob.digest, "base")


def java_files(architecture: str = "amd64", version: str = "17.0.9") -> dict[str, bytes]:
    return {
        f"{HOME}/release": f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n'.encode(),
        f"{HOME}/bin/java": forge.elf(MACHINES[architecture]),
        "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nweb:x:1500:1600:web:/:/bin/sh\n",
        "usr/lib/x86_64-linux-gnu/libc.so.6": b"\x7fELF GNU C Library (Debian GLIBC 2.36-9) version 2.36.\n",
    }


def image(
    store: Layout, layers: list[Layer], platform: Platform = AMD64, reference: str = "x:y", **run: object
) -> Image:
    told = {"Env": [f"JAVA_HOME=/{HOME}", "PATH=/usr/bin:/bin"], "User": "10001:10001", **run}
    lines = [manifest.history("2024-01-01T00:00:00Z", "test") for _ in layers]
    created = "2024-01-01T00:00:00Z"
    return manifest.image(store, reference, platform, layers, created=created, run=told, lines=lines)


def base(
    store: Layout, java: int | None = 17, platform: Platform = AMD64, kind: str = "jre", salt: str = ""
) -> BaseImage:
    """A base whose record is complete; `salt` makes another one of the same kind."""
    files = java_files(platform.architecture) | {"etc/salt": f"{kind}{java}{salt}".encode()}
    made = image(store, [layer(store, files)], platform)
    name = f"{kind}-{java}-{platform.architecture}-{made.manifest.digest[7:15]}"
    return BaseImage(
        name, kind, java, f"{java}.0.1", made, 1000, f"/{HOME}", "10001:10001", "2.36", f"recipe {kind}-{java}"
    )


def recalled(store: Layout, image: ImageRef) -> Image:
    """The image that a record names, out of the store."""
    return recall(store, image.manifest, image.reference)
