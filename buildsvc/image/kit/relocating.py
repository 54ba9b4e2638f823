"""Programs that need nothing of the machine that they run on: each is loaded by the C library that lies beside it.

The path of that library is written into the programs, so a folder that was relocated runs at its `home` and nowhere
else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

from buildpacks.errors import Failure, Refused
from buildpacks.sentences.values import last_words, sentence
from buildsvc.image.kit.interpreters import erase, interpreters

_LOADER = "ld-linux*.so.*"
_LIBRARY = "*.so*"


def relocate(folder: Path, home: PurePosixPath, libraries: str) -> None:
    """Let every program below `folder`, which will lie at `home`, be loaded by the loader in its folder `libraries` (a
    path below it), and find its libraries there. Raises Refused `no-patchelf`, Failure `kit-not-relocated`.
    """
    loader = home / libraries / _loader(folder / libraries).name
    programs: list[Path] = []
    for path, found in interpreters(folder):
        if path.match(_LIBRARY):
            erase(path, found)
        else:
            programs.append(path)
    if programs:
        _patch(programs, loader)
    for path, found in interpreters(folder):
        if found.path != str(loader):
            raise Failure("kit-not-relocated", file=path.relative_to(folder), found=found.path)


def _loader(libraries: Path) -> Path:
    found = sorted(libraries.glob(_LOADER))
    if not found:
        raise Failure("kit-not-relocated", file=libraries.name, found=sentence("kit-fault.no-loader"))
    return found[0]


def _patch(programs: list[Path], loader: PurePosixPath) -> None:
    """With the older kind of run path, which holds for the libraries of libraries too."""
    beside = Path(sys.executable).parent / "patchelf"
    program = str(beside) if beside.exists() else shutil.which("patchelf")
    if program is None:
        raise Refused("no-patchelf")
    command = [program, "--set-interpreter", str(loader), "--force-rpath", "--set-rpath", str(loader.parent)]
    done = subprocess.run([*command, *map(str, programs)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure("kit-not-relocated", file=programs[0].name, found=last_words(done.stderr))
