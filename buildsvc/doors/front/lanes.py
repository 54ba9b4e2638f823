"""The three ways from the front to the web process, each a unix socket with threads of its own, so that no kind of
request can take what another one answers with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildsvc.live import embedded_redis
from buildsvc.settings.settings import Settings


@dataclass(frozen=True)
class Lane:
    """One way: where the web process listens, with how many threads, and how many requests the front sends into it."""

    name: str
    socket: Path
    threads: int
    requests: int


def lanes(settings: Settings) -> tuple[Lane, ...]:
    """Uploads, streams, and the rest. Raises Refused `no-socket-folder`."""
    folder = embedded_redis.socket_of(settings.data, settings.runtime_root).parent
    sizes = {
        "uploads": (settings.uploads, settings.uploads),
        "streams": (settings.streams, settings.streams),
        "rest": (settings.threads, settings.threads),
    }
    return tuple(Lane(name, folder / f"{name}.sock", *size) for name, size in sizes.items())
