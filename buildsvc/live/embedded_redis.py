"""The embedded Redis: where its socket lies, and how it is started. Light to import: the supervisor does.

It keeps nothing on disk: everything in it can be made again from the ledger. The supervisor starts and stops it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from buildpacks.errors import Refused

LONGEST_SOCKET = 107
"""Bytes of a unix socket's path; Redis does not start with a longer one (unix(7), sun_path)."""
_SOCKET = "redis.sock"
_MEMORY = "64mb"


def default_bases(runtime_dir: str | None) -> tuple[Path, ...]:
    """Where the socket's folder may lie, best first. `runtime_dir` is the value of XDG_RUNTIME_DIR."""
    return (*([Path(runtime_dir)] if runtime_dir else []), Path("/run"), Path(tempfile.gettempdir()))


def socket_of(data_dir: Path, runtime_dir: Path) -> Path:
    """Where the embedded Redis of this site listens. Raises Refused `no-socket-folder`."""
    return socket_path(data_dir, default_bases(str(runtime_dir)))


def socket_path(data_dir: Path, bases: Iterable[Path]) -> Path:
    """Return the socket of the site whose data directory this is, in the first base that we may write to. Not inside
    the data directory: its path may be too long, and a space in it breaks rq. Raises Refused `no-socket-folder`.
    """
    name = "buildsvc-" + hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    tried = []
    for base in bases:
        path = base / name / _SOCKET
        tried.append(str(base))
        fits = len(os.fsencode(path)) <= LONGEST_SOCKET and not any(c.isspace() for c in str(path))
        if fits and base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return path
    raise Refused("no-socket-folder", tried=tried)


def prepare_folder(socket: Path) -> None:
    """Make the socket's folder, 0700 and ours; in a shared folder somebody else may have been there first. A socket
    that a killed Redis left is removed. Raises Refused `socket-folder-taken`.
    """
    folder = socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Refused("socket-folder-taken", folder=folder, user=found.st_uid)
    folder.chmod(0o700)
    socket.unlink(missing_ok=True)


def remove_folder(socket: Path) -> None:
    """Take the socket's folder away when Redis has ended."""
    shutil.rmtree(socket.parent, ignore_errors=True)


def url(socket: Path) -> str:
    return f"unix://{socket}?db=0"


def argv(socket: Path, program: str = "redis-server") -> list[str]:
    """Return the whole command. It listens on the socket only and stays in the foreground. Some ARM kernels have a
    copy-on-write bug that Redis refuses to start on; it matters for saving to disk alone, which is off.
    """
    return [
        program,
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(socket.parent)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--databases", "1"),
        *("--maxmemory", _MEMORY),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning"),
        *("--daemonize", "no"),
        *("--ignore-warnings", "ARM64-COW-BUG"),
    ]
