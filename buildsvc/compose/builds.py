"""`build`: nothing is built here; a folder with a jar makes a jar component, any other is an image by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from buildsvc.compose.context import Context
from buildsvc.compose.spot import Spot
from buildsvc.compose.yaml_nodes import read_text
from buildsvc.model.application import JarSettings

_KEYS = (
    "context", "dockerfile", "dockerfile_inline", "args", "target", "labels", "cache_from", "cache_to", "network",
    "shm_size", "extra_hosts", "isolation", "privileged", "pull", "no_cache", "platforms", "secrets", "ssh", "tags",
    "ulimits", "additional_contexts", "entitlements", "provenance", "sbom",
)  # fmt: skip
_NAMED = re.compile(r"([\w.${}*-]+)\.(?:jar|war)\b", re.IGNORECASE)
_VERSION = re.compile(r"[-_.]?v?\d+(?:\.\d+)*(?:[-.](?:SNAPSHOT|RELEASE|GA|FINAL|M\d+|RC\d+))?$", re.IGNORECASE)
_INSTRUCTION = re.compile(r"^\s*(?:COPY|ADD|ENTRYPOINT|CMD|ARG|ENV)\b(.*(?:\\\n.*)*)", re.IGNORECASE | re.MULTILINE)
_WRAPPERS = ("gradle-wrapper", "maven-wrapper")
_DEPTH = 3
DOCKERFILE = "Dockerfile"


def jar_built(service: Spot, name: str, context: Context) -> JarSettings | None:
    """Return the settings of a service that is built from a folder which names or holds a jar; None for all others."""
    build = service.get("build")
    if build is None:
        return None
    if build.is_map:
        build.known(_KEYS)
    folder = folder_of(build)
    if folder is None or "://" in folder or folder.startswith("git@"):
        return None
    sent = context.source.jars.get(folder)
    path = context.beside(build, folder) if sent is None else context.place(build, folder)
    if path is None:
        return None
    artifact = _named_by(build, path) or sent or next(jars_below(path), None)
    if artifact is None:
        return None
    context.warn("compose.jar-built", component=name, folder=folder, artifact=artifact)
    return JarSettings(artifact=stem(artifact) or name)


def image_of(service: Spot, name: str, context: Context) -> str | None:
    """`image:`, else the name that Compose gives to what it builds. Said is that it must have been built."""
    image, build = service.get("image"), service.get("build")
    if build is None:
        return image.text() if image is not None else None
    text = (image.text() if image is not None else None) or f"{context.name}-{name}"
    context.warn("compose.not-built", component=name, image=text, folder=folder_of(build) or ".")
    return text


def folder_of(build: Spot) -> str | None:
    """Return the build context as it is written."""
    if not build.is_map:
        return build.text("expected.folder")
    context = build.get("context")
    return context.text("expected.folder") if context is not None else "."


def dockerfile_of(build: Spot) -> str:
    """Return the Dockerfile's path, relative to the context."""
    named = build.get("dockerfile") if build.is_map else None
    return (named.text() if named is not None else None) or DOCKERFILE


def jars_below(folder: Path) -> Iterator[str]:
    """Give the names of jars in a build context, but for those of build tools; three folders deep."""
    for depth in range(_DEPTH):
        for path in sorted(folder.glob("*/" * depth + "*.[jw]ar")):
            if path.stem not in _WRAPPERS:
                yield path.name


def stem(artifact: str) -> str:
    """`order-service` of `order-service-1.2.0-SNAPSHOT.jar`; "" where the name is a pattern or a variable."""
    bare = _VERSION.sub("", artifact.rpartition(".")[0])
    return bare if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", bare) and bare.lower() != "app" else ""


def _named_by(build: Spot, folder: Path) -> str | None:
    """Return the first jar that the Dockerfile copies or runs."""
    inline = build.get("dockerfile_inline") if build.is_map else None
    path = folder / dockerfile_of(build)
    if inline is not None:
        text = inline.text() or ""
    elif path.is_file():
        text = read_text(path, path.name)
    else:
        return None
    for found in _INSTRUCTION.finditer(text):
        named = next((one for one in _NAMED.finditer(found[1]) if one[1] not in _WRAPPERS), None)
        if named is not None:
            return named[0]
    return None
