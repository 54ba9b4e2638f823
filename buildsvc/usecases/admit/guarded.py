"""What of this host is given to no application: the engine's sockets and store, the data directory, our own sockets.

Paths are compared without their links, and by what they are in the file system, so that a bind mount of the data
directory elsewhere is known too. Where the service runs in a container it sees its own paths only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from buildsvc.live import embedded_redis
from buildsvc.settings.settings import Settings

ENGINE = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/docker",
    "/run/containerd",
    "/run/podman",
    "/run/crio",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
)
"""Where engines have their sockets and keep what belongs to every application."""
_PROC = PurePosixPath("/proc")
_MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""
Inode = tuple[int, int]
"""Device and number."""


@dataclass(frozen=True)
class Guard:
    """`kept` are paths without links; the identities are device and inode of them, and of the folders above them."""

    kept: tuple[PurePosixPath, ...]
    identities: frozenset[Inode]
    above: frozenset[Inode]

    @classmethod
    def of(cls, settings: Settings) -> Guard:
        """Take what these settings say that belongs to the service and to its engine."""
        kept = tuple(dict.fromkeys(cls.real(str(path)) for path in _own(settings)))
        return cls(kept, frozenset(_identities(kept)), frozenset(_identities(p for one in kept for p in one.parents)))

    @staticmethod
    def real(path: str) -> PurePosixPath:
        """Return the path without links; as it is written from where it cannot be looked at. Nothing below /proc is
        followed: `self` is the service there, and would be the engine when that mounts it.
        """
        current, waiting, links = PurePosixPath("/"), list(reversed(PurePosixPath(path).parts)), 0
        while waiting:
            part = waiting.pop()
            current = PurePosixPath("/") if part == "/" else current.parent if part == ".." else current / part
            if current != _PROC and current.is_relative_to(_PROC):
                return current.joinpath(*reversed(waiting))
            target = _link(current)
            if target is not None and links < _MOST_LINKS:
                links += 1
                current = current.parent
                waiting += reversed(PurePosixPath(target).parts)
        return current

    @classmethod
    def meant(cls, source: str) -> tuple[PurePosixPath, ...]:
        """Tell what a source may stand for. Engines take `..` away before they follow links, the kernel behind them."""
        found = (cls.real(source), cls.real(os.path.normpath(source)))
        return tuple(dict.fromkeys(found))

    def keeps(self, path: PurePosixPath) -> bool:
        """Whether a path without links is, holds, or lies in what nobody gets. Below /proc lie ways to everywhere."""
        if path != _PROC and path.is_relative_to(_PROC):
            return True
        if any(path.is_relative_to(one) or one.is_relative_to(path) for one in self.kept):
            return True
        mine = set(_identities((path, *path.parents)))
        return not self.identities.isdisjoint(mine) or not self.above.isdisjoint(_identities((path,)))


def _link(path: PurePosixPath) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115 - pure paths, which stay pure
    except (OSError, ValueError):
        return None


def _own(settings: Settings) -> Iterable[object]:
    yield from ENGINE
    if settings.docker_host:
        yield settings.docker_host.removeprefix("unix://")
    yield from (settings.data, settings.inbox, settings.buildpacks)
    yield settings.settings_file
    if settings.redis_url is None:
        yield embedded_redis.socket_of(settings.data, settings.runtime_root).parent
    else:
        yield settings.redis_url.removeprefix("unix://")


def _identities(paths: Iterable[PurePosixPath]) -> Iterable[Inode]:
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 - pure paths, which stay pure
        except (OSError, ValueError):
            continue
        yield (found.st_dev, found.st_ino)
