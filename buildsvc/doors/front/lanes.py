"""The three ways from the front to the web process, each a unix socket with threads of its own, so that no kind of
request can take what another one answers with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildsvc.live import embedded_redis
from buildsvc.settings.settings import Settings

OPENING_STREAMS = 4
"""Threads that open streams: each is handed to the fan-out within milliseconds."""


@dataclass(frozen=True)
class Lane:
    """One way: where the web process listens, with how many threads, and how many requests the front sends into it."""

    name: str
    socket: Path
    threads: int
    requests: int


def lanes(settings: Settings) -> tuple[Lane, ...]:
    """Return the lanes: uploads, streams, and the rest. Raises Refused `no-socket-folder`."""
    folder = embedded_redis.socket_of(settings.data, settings.runtime_root).parent
    sizes = {
        "uploads": (settings.uploads, settings.uploads),
        # Open streams have no thread, and one too many is told so by the web process.
        "streams": (OPENING_STREAMS, settings.streams + OPENING_STREAMS),
        "rest": (settings.threads, settings.threads),
    }
    return tuple(Lane(name, folder / f"{name}.sock", *size) for name, size in sizes.items())
