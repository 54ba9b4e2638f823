"""What a volume holds as one tar, and a new volume made of one; by a container that is made and never started."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from pathlib import Path

from buildpacks.errors import Conflict, NotFound
from buildsvc.engines.docker import labels, throwaway
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application

CONTENT = "/volume"
_PIECE = 1 << 20


def save(client: EngineClient, name: str, image: str, target: Path) -> None:
    """See `Engine.save_volume`."""
    if client.volume(name) is None:
        raise NotFound("no-such-volume", volume=name)
    with (
        holding(client, name, image, throwaway.own_name("volume")) as holder,
        client.archive(holder, CONTENT) as stream,
        target.open("wb") as out,
    ):
        while piece := stream.read(_PIECE):
            out.write(piece)


def fill(client: EngineClient, application: Application, name: str, image: str, tar: Path) -> None:
    """See `Engine.fill_volume`."""
    volume = next((one for one in application.volumes if one.name == name), None)
    if volume is None:
        raise NotFound("no-such-volume", volume=name)
    if client.volume(name) is not None:
        raise Conflict("volume-there", volume=name)
    marks = {**labels.of_volume(application.name, volume), labels.MADE: uuid.uuid4().hex}
    client.create_volume(name, volume.driver, dict(volume.driver_options), marks)
    try:
        with holding(client, name, image, throwaway.own_name("volume")) as holder, tar.open("rb") as content:
            client.put_stream(holder, "/", content)
    except BaseException:
        # Half of it would be taken for the whole.
        client.remove_volume(name)
        raise


def holding(client: EngineClient, volume: str, image: str, called: str) -> AbstractContextManager[str]:
    """Make a container that has the volume at `CONTENT` and is never started; it is gone when the block ends."""
    body = {
        "Image": image,
        "Entrypoint": ["true"],
        "HostConfig": {"Mounts": [{"Type": "volume", "Source": volume, "Target": CONTENT}], "NetworkMode": "none"},
    }
    return throwaway.made(client, called, body)
