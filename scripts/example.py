"""Makes what an example's Compose file names: its jars by Maven, its images by our recipes."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.making.recipe import kinds
from scripts.made import CACHE, ROOT, MadeBases, made_bases
from scripts.maven import NotFetched, built_once

EXAMPLES = ROOT / "examples"
BROKEN_PORT = "none"
"""What is no port: a program that is told it ends at its start."""
_IMAGE = re.compile(r"^\s+image:\s*(\S+)", re.MULTILINE)


def jars(
    example: str, cache: Path = CACHE, *, version: str = "1.0.0", only: str | None = None, broken: bool = False
) -> Mapping[str, Path]:
    """The example's jars by component, built once below `cache/examples`; the same sources are the same jars.

    `only` builds one of them, for a component's next version; a `broken` one ends at its start. Raises NotFetched.
    """
    options = [f"-Drevision={version}", *(["-pl", only] if only else [])]
    options += [f"-Dport={BROKEN_PORT}"] if broken else []
    folder = built_once(EXAMPLES / example / "jars", cache, f"examples/{example}-{version}", *options)
    return {jar.name.removesuffix(f"-{version}.jar"): jar for jar in sorted(folder.glob("*.jar"))}


def image_names(example: str) -> tuple[str, ...]:
    """What the example's Compose files name as images."""
    texts = (file.read_text(encoding="utf-8") for file in sorted((EXAMPLES / example).glob("*.y*ml")))
    return tuple(sorted({name for text in texts for name in _IMAGE.findall(text)}))


def images(example: str, data: Path, bases: MadeBases) -> tuple[str, ...]:
    """Put the example's images under their names into the cache of the site whose data directory that is, beside what
    it needs to run jars.
    """
    bases.get("gateway")
    bases.get("jre", 17)
    names = [name for name in image_names(example) if recipe_of(name) in kinds()]
    made = [replace(bases.get(recipe_of(name)).image, reference=name) for name in names]
    bases.into(data)
    kept = ImageCache(data / "images", replace(bases, folder=data).layout)
    return tuple(kept.put(image).reference for image in made)


def recipe_of(image: str) -> str:
    """The recipe that stands in for an image: `library/redis:7` is made by `redis`, any MySQL by `mariadb`."""
    name = image.rpartition("/")[2].partition(":")[0]
    return {"mysql": "mariadb", "postgresql": "postgres"}.get(name, name)


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("example", choices=sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
    reader.add_argument("--version", default="1.0.0", help="what its jars say that they are")
    reader.add_argument("--only", metavar="COMPONENT", help="only the jar of this one: its next version")
    reader.add_argument("--broken", action="store_true", help="jars that end at their start")
    reader.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where copies of the jars go")
    reader.add_argument("--data", type=Path, metavar="FOLDER", help="the data directory of a site that gets the images")
    asked = reader.parse_args()
    try:
        if (EXAMPLES / asked.example / "jars").is_dir():
            for component, jar in jars(
                asked.example, version=asked.version, only=asked.only, broken=asked.broken
            ).items():
                print(f"  {component:<12} {_copied(jar, asked.output)}")
        if asked.data:
            print(f"  images       {', '.join(images(asked.example, asked.data, made_bases()))}")
    except (Failure, NotFetched) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _copied(jar: Path, folder: Path | None) -> Path:
    if folder is None:
        return jar
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(jar, folder / jar.name))


if __name__ == "__main__":
    sys.exit(main())
