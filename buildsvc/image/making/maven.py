"""Where release archives come from: Maven's own copy goal, as this machine's Maven is configured."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from buildpacks.errors import Failure, Refused
from buildpacks.kinds.tomcat import Line
from buildpacks.sentences.wording import Wording
from buildsvc.image.layout import Layout
from buildsvc.image.servers import from_release
from buildsvc.image.types import BaseImage

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


def make_tomcat(
    line: Line,
    *,
    folder: Path,
    layout: Layout,
    repository: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> BaseImage:
    """Bring the release of Tomcat that the recipe names into `layout`. `folder` keeps the archive, so that a second
    make is quick; `repository` replaces Maven's own. Raises Refused `no-maven`, `wrong-digest`; Failure
    `tomcat-unreachable`.
    """
    _, artifact, version, packaging = line.coordinates.split(":")
    file = folder / f"{artifact}-{version}.{packaging}"
    if not _is_right(file, line.sha256):
        progress(Wording("making.fetching", what=line.coordinates))
        _fetch(line, folder, repository)
    if not _is_right(file, line.sha256):
        file.unlink(missing_ok=True)
        raise Refused("wrong-digest", coordinates=line.coordinates, sha256=line.sha256)
    return from_release(file, layout, f"recipe tomcat-{line.name}")


def _fetch(line: Line, folder: Path, repository: Path | None) -> None:
    if shutil.which("mvn") is None:
        raise Refused("no-maven", coordinates=line.coordinates, version=line.version)
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-B", "-q", f"{PLUGIN}:copy", f"-Dartifact={line.coordinates}", f"-DoutputDirectory={folder}"]
    command += [f"-Dmaven.repo.local={repository}"] if repository else []
    # In a folder without a pom.xml: otherwise Maven would read it first.
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip()[-1000:]
        raise Failure("tomcat-unreachable", coordinates=line.coordinates, why=words, version=line.version)


def _is_right(file: Path, sha256: str) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
