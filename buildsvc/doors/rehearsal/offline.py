"""A place apart on this machine: no network but its own loopback, no engine, and processes that end with it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import buildsvc
from buildpacks.errors import Refused
from buildsvc.settings.handed_on import without_settings

NEEDED = ("unshare", "mount")
ENGINE = "dockerd"
SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin:/sbin"
"""Where an engine's programs lie; not on every user's PATH."""
RUN = "/run"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
_NAMESPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private")


def require() -> None:
    """Raise Refused `rehearsal-place` where this machine cannot make such a place, saying what it lacks."""
    if os.geteuid() != 0:
        raise Refused("rehearsal-place.root")
    for name in NEEDED:
        program(name)


def program(name: str) -> str:
    """Where this machine has a program. Raises Refused `rehearsal-place` where it has none."""
    found = shutil.which(name) or shutil.which(name, path=SYSTEM_PROGRAMS)
    if found is None:
        raise Refused("rehearsal-place.program", program=name)
    return found


def command(*argv: str) -> list[str]:
    """Give the command that runs `argv` as the first process of a place of its own."""
    return [program("unshare"), *_NAMESPACES, *argv]


def path() -> str:
    """Return PATH with the folders of an engine's programs."""
    return ":".join(one for one in (without_settings().get("PATH"), SYSTEM_PROGRAMS) if one)


def with_ourselves() -> dict[str, str]:
    """Return the environment for a Python that loads this very program, wherever it lies."""
    return {**os.environ, "PYTHONPATH": str(Path(buildsvc.__file__).parents[1])}


def settle() -> None:
    """In the new place: hide what the machine's own engine shows, and raise the loopback."""
    subprocess.run([program("mount"), "-t", "tmpfs", "-o", "mode=0755", "rehearsal", RUN], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _GET_FLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))
