"""Which packages a base was made of, written where scanners of images look: `var/lib/dpkg/status.d/`, a file a package.

Each lies in the layer of its package, so that bases of one suite go on sharing the lower one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from buildsvc.image.making.rootfs import RootFs

FOLDER = "var/lib/dpkg/status.d"
_FIELDS = ("Package", "Version", "Architecture", "Source")
_PARTS = 3


def write(root: RootFs, files: Iterable[Path]) -> None:
    """Write down every package, by what it says of itself or, where it says nothing, by its file's name."""
    for file in files:
        told = _said(file) or _named(file)
        name = file.name.split("_")[0]
        root.put(f"{FOLDER}/{name}", told.encode(), package=name)


def _said(file: Path) -> str:
    done = subprocess.run(["dpkg-deb", "-f", str(file), *_FIELDS], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 and "Version:" in done.stdout else ""


def _named(file: Path) -> str:
    parts = file.name.removesuffix(".deb").split("_")
    if len(parts) != _PARTS:
        return f"Package: {parts[0]}\n"
    return f"Package: {parts[0]}\nVersion: {unquote(parts[1])}\nArchitecture: {parts[2]}\n"
