"""Kinds of which nothing is published: small programs that Maven builds here."""

from __future__ import annotations

import shutil
import zipfile
from functools import partial
from pathlib import Path

from scripts.maven import NotFetched, built_once

SOURCES = Path(__file__).parent / "sources"


def make(name: str, cache: Path) -> Path:
    """What Maven leaves of the source of that name, built once below `cache`; a changed source is built anew.

    A jar; where its libraries are put beside it into `libs/`, a zip of both; of Quarkus, a zip of its folder. Raises
    NotFetched.
    """
    source = SOURCES / name
    if not any(file.is_file() for file in source.rglob("*")):
        raise NotFetched(f"there is no source of '{name}'")
    (made,) = built_once(source, cache, f"made/{name}", take=partial(_take, name)).iterdir()
    return made


def _take(name: str, built: Path, arriving: Path) -> None:
    target = built / "target"
    libraries = sorted((target / "libs").glob("*.jar"))
    folder = [file for file in sorted((target / "quarkus-app").rglob("*")) if file.is_file()]
    together = folder or ([target / f"{name}.jar", *libraries] if libraries else [])
    if not together:
        shutil.copy2(target / f"{name}.jar", arriving / f"{name}.jar")
        return
    with zipfile.ZipFile(arriving / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for file in together:
            out.write(file, str(file.relative_to(target)))
