"""Loading: only what the engine lacks travels, and what arrived is looked at, never believed.

Facts: the classic store skips a layer whose chain of diffIDs it has; the containerd store answers a left-out layer that
is truly absent with no error code, only with words in the stream, and keeps the tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from buildpacks.errors import Failure
from buildpacks.sentences.values import foreign, sentence
from buildsvc.engines.base import Loaded
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.image import tarball
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image

Progress = Callable[[int, int], None]
Trouble = dict[str, Any]
"""What is wrong, as a sentence that stands in another one."""
CONTAINERD = "io.containerd.snapshotter.v1"


def is_containerd(info: Mapping[str, Any]) -> bool:
    """Whether the engine keeps images in containerd's store, as `docker info` says."""
    return any(CONTAINERD in str(value) for _, value in info.get("DriverStatus") or [])


def wrong(image: Image, found: Mapping[str, Any] | None) -> Trouble | None:
    """Tell what is wrong with an image as the engine has it, None when it is the one: id, platform, layers."""
    if found is None:
        return sentence("image-trouble.absent")
    if found["Id"] not in {image.config.digest, image.manifest.digest}:
        return sentence("image-trouble.id", id=found["Id"])
    if found["Architecture"] != image.platform.architecture or found["Os"] != image.platform.os:
        return sentence("image-trouble.platform", os=found["Os"], architecture=found["Architecture"])
    if list(found["RootFS"].get("Layers") or []) != [layer.diff_id for layer in image.layers]:
        return sentence("image-trouble.layers")
    return None


def shared(image: Image, chains: Iterable[Iterable[str]]) -> frozenset[str]:
    """Return the diffIDs of the longest run of bottom layers that some image in the engine has in the same order."""
    mine = [layer.diff_id for layer in image.layers]
    best = 0
    for chain in chains:
        length = 0
        for own, theirs in zip(mine, chain, strict=False):
            if own != theirs:
                break
            length += 1
        best = max(best, length)
    return frozenset(mine[:best])


def complaint(stream: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the first error that the engine's answer to a load carries, as an error or only in words."""
    found = None
    for line in stream:
        refusal = line.get("error") or line.get("message")
        text = str(refusal or line.get("stream") or "")
        if found is None and (refusal or "error" in text.lower()):
            found = text.strip()
    return found


def load(
    client: EngineClient, layout: Layout, image: Image, related: Iterable[Image], progress: Progress | None
) -> Loaded:
    """Make `image` present; see `Engine.load`."""
    found = client.image(image.reference)
    if found is not None and wrong(image, found) is None:
        if found["Id"] == image.config.digest:
            return Loaded("present", 0, 0)
        # The containerd store tags an image before it unpacks it, and Docker 26 describes it as whole even where its
        # layers are absent: what an interrupted load left. Asked to unpack it again, it says so, or has nothing to do.
        mode, present = "present", frozenset(layer.diff_id for layer in image.layers)
    else:
        mode, present = "sparse", shared(image, _chains(client, related))
    if present:
        trouble, sent = _send(client, layout, image, present, progress)
        if trouble is None:
            return Loaded(mode, sum(layer.diff_id not in present for layer in image.layers), sent)
        if mode == "sparse":
            client.untag(image.reference)
    trouble, sent = _send(client, layout, image, frozenset(), progress)
    if trouble is not None:
        client.untag(image.reference)
        raise Failure("load-failed", reference=image.reference, trouble=trouble)
    return Loaded("full", len(image.layers), sent)


def _chains(client: EngineClient, related: Iterable[Image]) -> Iterator[list[str]]:
    """Give the layers of each related image that the engine really has."""
    for one in related:
        found = client.image(one.reference)
        if found is not None and found["Id"] in {one.config.digest, one.manifest.digest}:
            yield list(found["RootFS"].get("Layers") or [])


def _send(
    client: EngineClient, layout: Layout, image: Image, present: frozenset[str], progress: Progress | None
) -> tuple[Trouble | None, int]:
    """Send the image; return (what went wrong, bytes that travelled)."""
    total = tarball.length(layout, image, present=present)
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for piece in tarball.write(layout, image, present=present):
            sent += len(piece)
            yield piece
            if progress:
                progress(sent, total)

    try:
        said = complaint(client.load(pieces(), total))
    except Failure as error:
        if error.code == "engine-unreachable":
            raise
        return error.as_value(), sent
    return (foreign(said) if said else None) or wrong(image, client.image(image.reference)), sent
