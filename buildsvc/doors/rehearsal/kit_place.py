"""A kit in the place apart: its folders lie where they will on the server, for whoever is in that place alone."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.doors.rehearsal import offline
from buildsvc.doors.rehearsal.ordered import RehearsedKit
from buildsvc.image.kit.kit_file import HOME

_WORDS = 1500
"""Characters that a failure shows."""


def home(kit: RehearsedKit) -> Path:
    """Where its program lies: programs in it are bound to that place."""
    return Path(HOME) / kit.version


def program(kit: RehearsedKit) -> Path:
    """Its command line."""
    return home(kit) / "bin" / "buildsvc"


def engine_home(kit: RehearsedKit) -> Path | None:
    """Where its engine lies; None where it has none."""
    return Path(HOME) / "engine" / kit.engine if kit.engine else None


def put(kit: RehearsedKit) -> None:
    """Show its folders there; this machine's own disk is not written. Raises Failure `rehearsal-start`."""
    over, work = (Path(offline.RUN) / "rehearsed-kit" / name for name in ("over", "work"))
    for folder in (over, work):
        folder.mkdir(parents=True)
    top = HOME.parent
    _mount("-t", "overlay", "-o", f"lowerdir={top},upperdir={over},workdir={work}", "rehearsal", str(top))
    folder = Path(kit.folder)
    for source, target in ((folder / "program", home(kit)), (folder / "engine", engine_home(kit))):
        if target is not None:
            target.mkdir(parents=True, exist_ok=True)
            _mount("--bind", str(source), str(target))


def add_bases(kit: RehearsedKit, environment: Mapping[str, str], data: Path) -> None:
    """Bring its base images into the new site, by its own program. Raises Failure `rehearsal-start`."""
    command = [str(program(kit)), "base", "add", str(Path(kit.folder) / "images")]
    _done(command, {**environment, "BUILDSVC_DATA": str(data)})


def _mount(*arguments: str) -> None:
    _done([offline.program("mount"), *arguments])


def _done(command: list[str], environment: Mapping[str, str] | None = None) -> None:
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if said.returncode:
        words = (said.stderr or said.stdout).strip()[-_WORDS:]
        raise Failure("rehearsal-start", program=Path(command[0]).name, words=words)
