"""A disk of a few hundred KB, for tests of what happens when it is full. Only root can mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, size: str = "4m", inodes: int = 400) -> Iterator[Path]:
    """A tmpfs of that size at `folder`. Skips the test where this user may not mount one."""
    folder.mkdir(parents=True)
    options = f"size={size},nr_inodes={inodes}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free; removing what this returns frees them again."""
    file = folder / "full"
    with file.open("wb", buffering=0) as full:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    full.write(bytes(size))
            except OSError:
                continue
    return file


def use_up_inodes(folder: Path) -> Path:
    """Leave no inode free: nothing new can be made, though there are bytes."""
    crowd = folder / "crowd"
    crowd.mkdir()
    for number in range(os.statvfs(folder).f_ffree + 1):
        try:
            (crowd / str(number)).touch()
        except OSError:
            break
    return crowd
