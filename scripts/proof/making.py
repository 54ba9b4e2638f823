"""Kinds of which nothing is published: small programs that Maven builds here."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from scripts.published import NotFetched

SOURCES = Path(__file__).parent / "sources"


def make(name: str, cache: Path) -> Path:
    """What Maven leaves of the source of that name, built once below `cache`; a changed source is built anew.

    A jar; where its libraries are put beside it into `libs/`, a zip of both; of Quarkus, a zip of its folder. Raises
    NotFetched.
    """
    source = SOURCES / name
    files = [file for file in sorted(source.rglob("*")) if file.is_file()]
    if not files:
        raise NotFetched(f"there is no source of '{name}'")
    told = hashlib.sha256()
    for file in files:
        told.update(file.read_bytes())
    folder = cache / "made" / f"{name}-{told.hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (cache / "jars.lock").open("w") as gate:
        # The lock of everything that uses Maven's repository in the cache.
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".made-") as place:
                arriving = Path(place) / "done"
                arriving.mkdir()
                _take(_maven(source, Path(place) / "work", cache), name, arriving)
                arriving.rename(folder)
    (made,) = folder.iterdir()
    return made


def _maven(source: Path, work: Path, cache: Path) -> Path:
    shutil.copytree(source, work)
    command = ["mvn", "-B", "-q", f"-Dmaven.repo.local={cache / 'm2'}", "package"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise NotFetched(f"Maven could not build {source.name}:\n{(done.stdout + done.stderr).strip()[-2000:]}")
    return work / "target"


def _take(target: Path, name: str, arriving: Path) -> None:
    libraries = sorted((target / "libs").glob("*.jar"))
    folder = [file for file in sorted((target / "quarkus-app").rglob("*")) if file.is_file()]
    together = folder or ([target / f"{name}.jar", *libraries] if libraries else [])
    if not together:
        shutil.copy2(target / f"{name}.jar", arriving / f"{name}.jar")
        return
    with zipfile.ZipFile(arriving / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for file in together:
            out.write(file, str(file.relative_to(target)))
