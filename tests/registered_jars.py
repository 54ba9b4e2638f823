"""A Eureka server and programs that call each other by its names, built once by Maven from `tests/registered`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from scripts.maven import built_once

SOURCES = Path(__file__).with_name("registered")
SETTINGS = "BOOT-INF/classes/application.yml"
VERSION = "BOOT-INF/classes/version.txt"


def built(cache: Path) -> dict[str, Path]:
    """`registry` and `caller`, the jars by their names. Raises NotFetched."""
    folder = built_once(SOURCES, cache, "registered")
    return {name: folder / f"{name}-1.0.jar" for name in ("registry", "caller")}


def caller(jar: Path, target: Path, name: str, version: str) -> Path:
    """Write a copy of the caller that is called `name`, and says that and a version."""
    changed: dict[str, Callable[[bytes], bytes]] = {
        VERSION: lambda _: f"{name} {version}".encode(),
        SETTINGS: lambda was: was.replace(b": caller", b": " + name.encode()),
    }
    with zipfile.ZipFile(jar) as before, zipfile.ZipFile(target, "w") as after:
        for info in before.infolist():
            content = before.read(info)
            after.writestr(info, changed[info.filename](content) if info.filename in changed else content)
    return target
