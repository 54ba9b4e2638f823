"""Recipe -> base image: fetch packages, unpack them, complete the file system, write one or two layers."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from buildpacks.errors import Failure
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc.image import manifest
from buildsvc.image.digest import Descriptor
from buildsvc.image.inspecting import shared_libraries
from buildsvc.image.layer import LAYER_TYPE
from buildsvc.image.layout import Layout
from buildsvc.image.making import package_list, unmet
from buildsvc.image.making.apt import Fetched, PackageSource, Tell, fetch
from buildsvc.image.making.finish import finish
from buildsvc.image.making.recipe import Recipe
from buildsvc.image.making.rootfs import FileNode, RootFs
from buildsvc.image.types import BaseImage, Image, Layer

_JAVA_VERSION = re.compile(rb'^JAVA_VERSION="([^"]+)"', re.MULTILINE)
_TITLE = "org.opencontainers.image.title"


def make(
    recipe: Recipe, platform: Platform, *, source: PackageSource, layout: Layout, progress: Tell = lambda _: None
) -> BaseImage:
    """Make a base image for any platform on any machine. The same packages give the same digest.

    Raises what `fetch` raises; Refused `bad-package`; Failure `incomplete-base` when a shared library is missing, and
    `no-java` when the packages hold no Java where the recipe says it is.
    """
    fetched = fetch(source, recipe, platform, progress)
    progress(Wording("making.unpacking", count=len(fetched.files)))
    layout.prepare()
    with tempfile.TemporaryFile(dir=layout.tmp) as spool:
        root = RootFs(spool, recipe.exclude)
        for file in fetched.files:
            root.unpack(file)
        package_list.write(root, fetched.files)
        home = recipe.java_home.get(fetched.distribution, "").replace("{architecture}", platform.architecture)
        finish(root, recipe, {"java_home": home, "architecture": platform.architecture})
        _check_libraries(root, recipe)
        version = _java_version(root, home, fetched.files, recipe.java) if home else ""
        progress(Wording("making.writing", size=f"{root.size / 1e6:.0f} MB"))
        layers = _layers(layout, recipe, root)
        size, newest = root.size, root.newest
        libraries = shared_libraries(root.paths("*"), home)
    image = _image(layout, recipe, platform, layers, home=home, newest=newest)
    name = image.reference.rpartition(":")[2]
    glibc = next(
        (file.name.split("_")[1].split("-")[0] for file in fetched.files if file.name.startswith("libc6_")), ""
    )
    user = f"{recipe.user.id}:{recipe.user.id}"
    return BaseImage(
        name,
        recipe.kind,
        recipe.java,
        version,
        image,
        size,
        home,
        user,
        glibc,
        f"recipe {recipe.name}",
        libraries=libraries,
    )


def _check_libraries(root: RootFs, recipe: Recipe) -> None:
    """Check that every library is there. A package left out by mistake must not be found out at a customer's."""
    lost = {name: path for name, path in unmet.missing(root).items() if name not in recipe.lacking}
    if lost:
        listing = ", ".join(f"{name} (for /{path})" for name, path in sorted(lost.items()))
        raise Failure("incomplete-base", recipe=recipe.name, missing=listing)


def _layers(layout: Layout, recipe: Recipe, root: RootFs) -> list[Layer]:
    """Write the system below, what the recipe is about on top: bases of the same suite share the lower one."""

    def on_top(node: FileNode) -> bool:
        return any(fnmatchcase(node.package, pattern) for pattern in recipe.top)

    choices: list[Callable[[FileNode], bool]] = [lambda node: not on_top(node)]
    if recipe.top:
        choices.append(on_top)
    layers = []
    for wanted in choices:
        with layout.writer() as blob:
            root.write(wanted, blob.write)
        layers.append(Layer(Descriptor(LAYER_TYPE, blob.digest, blob.size), blob.digest, "base"))
    return layers


def _image(layout: Layout, recipe: Recipe, platform: Platform, layers: list[Layer], *, home: str, newest: int) -> Image:
    environment = dict(recipe.environment)
    if home:
        environment["JAVA_HOME"] = home
        environment["PATH"] = f"{home}/bin:{environment['PATH']}"
    run: dict[str, Any] = {
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": {**recipe.labels, _TITLE: f"buildsvc base {recipe.name}"},
        "User": f"{recipe.user.id}:{recipe.user.id}",
        "WorkingDir": recipe.working_dir or "/",
        "Cmd": list(recipe.command) or ["sh"],
    }
    if recipe.entrypoint:
        run["Entrypoint"] = list(recipe.entrypoint)
    if recipe.stop_signal:
        run["StopSignal"] = recipe.stop_signal
    if recipe.ports:
        run["ExposedPorts"] = {port: {} for port in recipe.ports}
    if recipe.volumes:
        run["Volumes"] = {path: {} for path in recipe.volumes}
    created = manifest.timestamp(newest)
    lines = [manifest.history(created, f"recipe {recipe.name}") for _ in layers]
    image = manifest.image(layout, "", platform, layers, created=created, run=run, lines=lines)
    name = f"{recipe.name}-{platform.architecture}-{image.manifest.digest[7:15]}"
    return Image(f"buildsvc/base:{name}", image.manifest, image.config, image.layers, platform)


def _java_version(root: RootFs, home: str, files: tuple[Path, ...], java: int | None) -> str:
    """From the file `release`; Debian's Java 8 has none, so it gets one out of its package's version."""
    folder = home.lstrip("/")
    if not root.has(f"{folder}/bin/java"):
        raise Failure("no-java.packages", home=home)
    release = f"{folder}/release"
    if not root.has(release):
        package = next(file.name for file in files if file.name.startswith(f"openjdk-{java}-"))
        version = unquote(package.split("_")[1]).partition("-")[0]
        root.put(release, f'JAVA_VERSION="{version}"\n'.encode())
    found = _JAVA_VERSION.search(root.read(release))
    return found[1].decode() if found else ""


__all__ = ["Fetched", "PackageSource", "make"]
