"""A Eureka server and programs that call each other by its names, built once by Maven from `tests/registered`."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

SOURCES = Path(__file__).with_name("registered")
SETTINGS = "BOOT-INF/classes/application.yml"
VERSION = "BOOT-INF/classes/version.txt"


def built(cache: Path) -> dict[str, Path]:
    """`registry` and `caller`, the jars by their names. Maven keeps what it needs in `cache/m2`."""
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]
    home = cache / f"registered-{digest}"
    with (cache / "jars.lock").open("w") as gate:
        # Two Mavens at once would spoil each other's repository.
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (home / "made").exists():
            shutil.copytree(SOURCES, home, dirs_exist_ok=True)
            command = ["mvn", "-q", "-B", f"-Dmaven.repo.local={cache / 'm2'}", "package"]
            subprocess.run(command, cwd=home, check=True, stdin=subprocess.DEVNULL)
            (home / "made").touch()
    return {name: home / name / "target" / f"{name}-1.0.jar" for name in ("registry", "caller")}


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
