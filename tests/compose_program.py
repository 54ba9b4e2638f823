"""Compose itself, for tests: of Debian's package, unpacked beside the cache, never installed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildpacks.errors import Failure
from buildpacks.platforms import Platform
from buildsvc.image.making.apt import PackageSource, fetch
from buildsvc.image.making.recipe import Recipe
from tests.conftest import lacking

SUITE = "sid"
LEFT_OUT = ("lib*", "gcc-*", "docker-cli", "docker-buildx", "docker.io", "containerd", "runc")


def program(cache: Path) -> Path:
    """The program, which needs no engine for itself; a test that cannot have it says why."""
    place = cache / "compose" / SUITE
    found = place / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-compose"
    if not found.exists():
        recipe = Recipe("compose", None, ("docker-compose",), {"debian": SUITE}, leave_out=LEFT_OUT)
        try:
            source = PackageSource(cache / "packages")
            fetched = fetch(source, recipe, Platform.parse(os.uname().machine), lambda _: None)
        except Failure as error:
            lacking(error.message)
        place.parent.mkdir(parents=True, exist_ok=True)
        arriving = Path(tempfile.mkdtemp(dir=place.parent))
        for file in fetched.files:
            subprocess.run(["dpkg-deb", "-x", file, arriving], check=True)
        arriving.rename(place)
    return found


@contextmanager
def composed(compose: Path, name: str, file: Path) -> Iterator[None]:
    """A project that Compose started on this machine's engine, and takes down at the end with its volumes."""

    def run(*words: str) -> None:
        command = [str(compose), "-p", name, "-f", str(file), *words]
        told = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr

    try:
        run("up", "-d")
        yield
    finally:
        run("down", "-v", "-t", "1")
