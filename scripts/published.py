"""Applications written by others, fetched by Maven's own copy goal into a folder: nothing here names where they lie."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.maven import maven, repository_alone

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
ZIPKIN = tuple(f"io.zipkin:zipkin-server:{version}:jar:exec" for version in ("3.5.1", "3.6.1"))
"""A Spring Boot application of 130 MB, an older version and the next one."""
WIREMOCK = tuple(f"org.wiremock:wiremock-standalone:{version}" for version in ("3.13.1", "3.13.2"))
"""An executable jar with everything in it, an older version and the next one."""


def file_name(coordinates: str) -> str:
    """`group:artifact:version[:packaging[:classifier]]` -> `artifact-version[-classifier].packaging`."""
    _, artifact, version, *rest = coordinates.split(":")
    return "-".join([artifact, version, *rest[1:]]) + f".{rest[0] if rest else 'jar'}"


def fetch(coordinates: str, cache: Path) -> Path:
    """The file below `cache/jars`, fetched once. Maven keeps what it needs itself in `cache/m2`. Raises NotFetched."""
    target = cache / "jars" / file_name(coordinates)
    target.parent.mkdir(parents=True, exist_ok=True)
    with repository_alone(cache):
        return target if target.exists() else _fetch(coordinates, cache, target)


def _fetch(coordinates: str, cache: Path, target: Path) -> Path:
    arriving = cache / "jars" / f".arriving-{os.getpid()}"
    arriving.mkdir(parents=True, exist_ok=True)
    # In a folder without a pom.xml: otherwise Maven would read it first.
    words = (f"{PLUGIN}:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={arriving}")
    maven(arriving, cache, *words, to=f"fetch {coordinates}")
    (arriving / target.name).replace(target)
    arriving.rmdir()
    return target
