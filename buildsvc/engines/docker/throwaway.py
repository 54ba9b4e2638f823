"""Containers of our own that somebody is asked through, and that are gone afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from buildsvc.engines.docker.engine_client import EngineClient


def own_name(purpose: str) -> str:
    """Name one as no other is named."""
    return f"buildsvc-{purpose}-{uuid.uuid4().hex[:12]}"


@contextmanager
def made(client: EngineClient, name: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Make a container, which is not started; it is gone when the block ends."""
    container = client.create(name, body)
    try:
        yield container
    finally:
        client.remove(container)
