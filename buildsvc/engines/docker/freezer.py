"""The engine's freezer: a container that is there, keeps its memory, and gets no processor until it is thawed.

SIGTERM reaches a frozen program only after the thaw, so whoever ends one thaws it before.
"""

from __future__ import annotations

from contextlib import suppress

from buildpacks.errors import Conflict, NotFound
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.wire import ours


def pause(client: EngineClient, container: str) -> None:
    """Freeze it; nothing happens where it is frozen. Raises Failure where it does not run or the host cannot."""
    if not _is_frozen(client, container):
        with ours():
            client.api.pause(container)


def thaw(client: EngineClient, container: str) -> None:
    """Let it run again; nothing happens where it does, or is gone."""
    if _is_frozen(client, container):
        # Ended or thawed meanwhile: what was wanted.
        with suppress(Conflict, NotFound), ours():
            client.api.unpause(container)


def stop(client: EngineClient, container: str, grace: float) -> None:
    """As `EngineClient.stop`, in order for a frozen one too."""
    thaw(client, container)
    client.stop(container, grace)


def _is_frozen(client: EngineClient, container: str) -> bool:
    found = client.inspect(container)
    return found is not None and bool(found["State"].get("Paused"))
