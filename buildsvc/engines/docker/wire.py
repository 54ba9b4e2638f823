"""Between the SDK and us: its exceptions turned into failures, small tars, a connection that is hung up."""

from __future__ import annotations

import io
import socket
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import docker.errors
import requests.exceptions

from buildpacks.archives import tar_headers
from buildpacks.errors import Conflict, Failure, NotFound, Refused, Unreachable


@contextmanager
def ours() -> Iterator[None]:
    """Turn the SDK's exceptions into failures."""
    try:
        yield
    except docker.errors.NotFound as error:
        raise NotFound("not-in-engine", what=error.explanation or error) from error
    except docker.errors.APIError as error:
        text = str(error.explanation or error).strip()
        if error.status_code == 409:  # noqa: PLR2004 - HTTP's Conflict
            raise Conflict("engine-conflict", text=text) from error
        if error.status_code == 400:  # noqa: PLR2004 - HTTP's Bad Request
            raise Refused("engine-refused", text=text) from error
        raise Failure("engine-error", text=text) from error
    except (requests.exceptions.RequestException, docker.errors.DockerException, OSError) as error:
        raise Unreachable("engine-unreachable", error=error) from error


class Body:
    """A request's body in pieces, `length` bytes in all. Without a length the SDK frames and copies each piece once
    more: 0.30 s instead of 0.24 s for a load of 85 MB. Iterating raises Failure `short-read` where the length is wrong,
    for which the engine would wait.
    """

    def __init__(self, pieces: Iterable[bytes], length: int) -> None:
        self._pieces, self._length = pieces, length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        left = self._length
        for piece in self._pieces:
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left:
            raise Failure("short-read.announced", length=self._length)


def memory_of(stats: Mapping[str, Any]) -> int:
    """Bytes of memory in the engine's figures of a container, its page cache left out; 0 when it does not say."""
    usage = stats.get("memory_stats", {})
    details = usage.get("stats", {})
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(0, int(usage.get("usage", 0)) - int(cache))


def hang_up(raw: Any) -> None:
    """End an exec's stream from our side."""
    with suppress(OSError):
        raw._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - a SocketIO has no shutdown of its own


def let_go(raw: Any) -> None:
    """Give an exec's connection back, which the SDK leaves open until it is collected."""
    raw._response.close()  # noqa: SLF001 - the SDK keeps it there and closes it nowhere
    raw.close()


def archive(files: Mapping[str, bytes], owner: tuple[int, int]) -> bytes:
    """Pack a small tar of these files (names with slashes make their folders), all owned by `owner`, times zero."""
    out = io.BytesIO()
    folders: set[str] = set()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            parent = name.rpartition("/")[0]
            if parent and parent not in folders:
                folders.add(parent)
                entry = tarfile.TarInfo(parent)
                entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755, *owner
                tar.addfile(entry)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o644, *owner
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def only_file(tar: bytes) -> bytes | None:
    """Return the content of a tar's first member; None when that is no file."""
    with tar_headers.opened(io.BytesIO(tar), "r:") as opened:
        member = opened.next()
        file = opened.extractfile(member) if member else None
        return file.read() if file else None
