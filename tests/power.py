"""A machine that loses its power: a disk that forgets what was not written through, and processes that end at once.

The disk is an ext4 of its own, ended by the ioctl that the file system's own crash tests use: what it has not written
by then is lost, as it is when the power fails. What the next start finds is a copy of it as it lay. Needs root.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import lacking
from tests.waiting import until

SHUTDOWN = (2 << 30) | (4 << 16) | (ord("X") << 8) | 125
"""EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)."""
WITHOUT_FLUSHING = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal's open transaction is written."""


@dataclass
class PoweredDisk:
    """One that can lose its power; `folder` is where it is mounted."""

    image: Path
    folder: Path
    starts: int = 0

    def power_on(self) -> None:
        """Mount it; after a cut, mount a copy as it lay, for something of the dead machine may hold the old one."""
        if self.starts:
            copy = self.image.with_name(f"disk-{self.starts}.img")
            subprocess.run(["cp", "--sparse=always", self.image, copy], check=True)
            self.image.unlink()
            self.image = copy
        self.starts += 1
        said = subprocess.run(
            ["mount", "-o", "loop", str(self.image), str(self.folder)], capture_output=True, text=True, check=False
        )
        if said.returncode:
            lacking(f"no disk can be mounted here: {said.stderr.strip()}")

    def cut(self) -> None:
        """From here on nothing is written, and nothing can be read that has not been read."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def take_off(self) -> None:
        """Unmount it, whoever still has something open there."""
        for point in mounts(self.folder):
            subprocess.run(["umount", "--lazy", point], check=True)


@contextmanager
def powered_disk(folder: Path, *, size: str = "6g") -> Iterator[PoweredDisk]:
    """A disk of that size at `folder/disk`; what is not used of it takes no room."""
    disk = PoweredDisk(folder / "disk.img", folder / "disk")
    disk.folder.mkdir(parents=True)
    subprocess.run(["truncate", "-s", size, str(disk.image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", str(disk.image)], check=True)
    disk.power_on()
    try:
        yield disk
    finally:
        disk.take_off()
        disk.image.unlink()


def mounts(folder: Path) -> list[str]:
    """What is mounted at or below a folder, the innermost first (proc(5), mountinfo, field 5)."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].replace("\\040", " ") for line in lines]
    return [point for point in reversed(points) if Path(point).is_relative_to(folder)]


def kill_all(pids: set[int]) -> None:
    """SIGKILL to each of them, and wait until none runs."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not any(_runs(pid) for pid in pids))


def descendants(pids: set[int]) -> set[int]:
    """These processes and all that they started and still have."""
    found, left = set(), set(pids)
    while left:
        pid = left.pop()
        found.add(pid)
        with suppress(OSError):
            for tasks in Path(f"/proc/{pid}/task").iterdir():
                left |= {int(child) for child in (tasks / "children").read_text().split()} - found
    return found


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False
