"""A folder of .deb files as the source of packages, for a machine that reaches no archive at all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.image.making.recipe import Recipe

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")


def select(folder: Path, recipe: Recipe, platform: Platform) -> tuple[Path, ...]:
    """Select what the recipe asks for and what that depends on, as far as the folder has it; a library that is then
    missing is found when the base is checked. Raises Refused `no-package`, `bad-package`.
    """
    there: dict[str, tuple[Path, str]] = {}
    for file in sorted(folder.glob("*.deb")):
        fields = _fields(file)
        if fields.get("Architecture") in {platform.architecture, "all"}:
            wanted = f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}"
            names = [
                fields["Package"],
                *(_NAME.findall(one)[0] for one in fields.get("Provides", "").split(",") if one),
            ]
            for one in names:
                there.setdefault(one.strip(), (file, wanted))
    lost = [name for name in recipe.packages if name not in there]
    if lost:
        raise Refused("no-package.folder", folder=folder, lost=lost, platform=platform)
    chosen: set[Path] = set()
    ahead = list(recipe.packages)
    while ahead:
        name = ahead.pop()
        if name not in there or there[name][0] in chosen:
            continue
        file, wanted = there[name]
        if recipe.leaves_out(file.name.split("_")[0]):
            continue
        chosen.add(file)
        ahead += [found[0] for one in re.split(r"[,|]", wanted) if (found := _NAME.findall(one.strip()))]
    return tuple(sorted(chosen, key=lambda path: path.name))


def _fields(file: Path) -> dict[str, str]:
    done = subprocess.run(["dpkg-deb", "-f", str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused("bad-package.other", file=file.name)
    lines = (line.partition(":") for line in done.stdout.splitlines() if line[:1].strip())
    return {name: value.strip() for name, _, value in lines}
