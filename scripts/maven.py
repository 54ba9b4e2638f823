"""Maven for scripts and tests: one at a time in the cache's own repository, and what was built of sources once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from buildsvc.store.durable_files import alone

Take = Callable[[Path, Path], None]
"""Puts what is wanted of a built folder (the first) into another."""


class NotFetched(Exception):
    """It could not be had; the message is the last words of the program that was to bring or build it."""


def repository_alone(cache: Path) -> AbstractContextManager[None]:
    """Have the repository in this cache alone through the block: two Mavens at once would spoil it."""
    return alone(cache / "jars.lock")


def maven(folder: Path, cache: Path, *words: str, to: str) -> None:
    """Run Maven in a folder, within `repository_alone`. It keeps what it needs itself in `cache/m2`.

    Raises NotFetched, which says what it was `to` do.
    """
    command = ["mvn", "-B", "-q", f"-Dmaven.repo.local={cache / 'm2'}", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise NotFetched(f"Maven could not {to}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def every_jar(built: Path, target: Path) -> None:
    """Take the jars that the modules of a build left. Raises NotFetched where there is none."""
    made = sorted(built.rglob("target/*.jar"))
    if not made:
        raise NotFetched("Maven left no jar")
    for jar in made:
        shutil.copy2(jar, target / jar.name)


def built_once(sources: Path, cache: Path, name: str, *options: str, take: Take = every_jar) -> Path:
    """Build a copy of these sources with these options; the folder below `cache` with what is taken of it.

    The same sources and options are not built again. Raises NotFetched.
    """
    told = hashlib.sha256(repr(options).encode())
    for file in sorted(one for one in sources.rglob("*") if one.is_file()):
        told.update(str(file.relative_to(sources)).encode() + file.read_bytes())
    folder = cache / f"{name}-{told.hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with repository_alone(cache):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".made-") as place:
                work, arriving = Path(place) / "work", Path(place) / "done"
                shutil.copytree(sources, work)
                maven(work, cache, *options, "package", to=f"build {sources}")
                arriving.mkdir()
                take(work, arriving)
                arriving.rename(folder)
    return folder
