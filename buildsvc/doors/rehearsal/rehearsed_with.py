"""The programs that it is rehearsed with: those of this machine, or those of the kit that is rehearsed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from buildsvc.doors.rehearsal import kit_place, offline
from buildsvc.doors.rehearsal.ordered import RehearsedKit
from buildsvc.settings.handed_on import without_settings

TABLES = ("nft", "legacy")
"""The kinds of iptables in a kit, the one that is tried first in front."""


@dataclass(frozen=True)
class RehearsedPrograms:
    """The engine's daemon, the command line of the service, and the environment of both."""

    dockerd: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def of_this_machine(folder: Path) -> RehearsedPrograms:
    """Take this machine's engine, and this very program."""
    command = (sys.executable, "-P", "-m", "buildsvc.doors.cli.main")
    return RehearsedPrograms(offline.program(offline.ENGINE), command, _environment(folder, offline.path()))


def of_kit(kit: RehearsedKit, folder: Path) -> RehearsedPrograms:
    """Take what a kit brings, where it lies now; an engine of this machine where it has none."""
    home = kit_place.home(kit)
    tables = next((one for one in (home / "tables" / kind for kind in TABLES) if _works(one)), None)
    engine = kit_place.engine_home(kit)
    path = ":".join(str(one) for one in (engine, tables, offline.path()) if one)
    environment = _environment(folder, path)
    # It is to find its own packages alone.
    environment.pop("PYTHONPATH", None)
    dockerd = str(engine / offline.ENGINE) if engine else offline.program(offline.ENGINE)
    return RehearsedPrograms(dockerd, (str(kit_place.program(kit)),), environment)


def _environment(folder: Path, path: str) -> dict[str, str]:
    settings = folder / "settings.env"
    # Without one the file of this machine's own site would be read.
    settings.touch()
    return {**without_settings(), "PATH": path, "BUILDSVC_SETTINGS_FILE": str(settings)}


def _works(tables: Path) -> bool:
    asked = [str(tables / "iptables"), "-t", "nat", "-L", "-n"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
