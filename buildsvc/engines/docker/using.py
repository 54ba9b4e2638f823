"""What instances use: memory and processor time, as the engine counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from buildpacks.errors import NotFound
from buildsvc.engines.base import Usage
from buildsvc.engines.docker import wire
from buildsvc.engines.docker.engine_client import EngineClient

_NANO = 1e9
_NO_LIMIT = 1 << 60
"""A control group without a limit says a number near the largest there is."""


def usage(client: EngineClient, instances: Iterable[str]) -> Mapping[str, Usage]:
    """See `Engine.usage`. One question for each instance, without the second that the engine waits for a difference."""
    found: dict[str, Usage] = {}
    for one in instances:
        with suppress(NotFound):
            read = _read(client.stats(one))
            if read is not None:
                found[one] = read
    return found


def _read(stats: Mapping[str, Any]) -> Usage | None:
    """None for a container that does not run: the engine answers with zeros."""
    if not stats.get("memory_stats", {}).get("usage"):
        return None
    spent = stats.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage", 0)
    limit = int(stats["memory_stats"].get("limit") or 0)
    return Usage(wire.memory_of(stats), int(spent) / _NANO, limit if 0 < limit < _NO_LIMIT else None)
