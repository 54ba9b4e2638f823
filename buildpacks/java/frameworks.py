"""What libraries are known to want of Java: packages opened for them, and what newer releases lack. The data is in
`java/frameworks.toml`; nothing here knows an artifact by name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buildpacks.analysis import Analysis, Library

DATA = Path(__file__).parent
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d.*)\.jar$")
_POM = re.compile(r"(?:\w+-INF/classes/)?META-INF/maven/(?P<group>[^/]+)/(?P<name>[^/]+)/pom\.properties$")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Framework:
    """One entry of the table. `names` are Maven's groupId:artifactId; `below` the first version that is not meant."""

    names: tuple[str, ...]
    below: tuple[int, ...] | None
    opens: tuple[str, ...]
    exports: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A framework in an artifact. `where` is its jar's file name, or its coordinates where it was merged into the
    artifact; `sure` whether its version is known to be one that is meant.
    """

    framework: Framework
    where: str
    sure: bool = True


@cache
def table() -> tuple[Framework, ...]:
    """Return all that is known."""
    told = tomllib.loads((DATA / "frameworks.toml").read_text(encoding="utf-8"))
    return tuple(
        Framework(
            tuple(one["names"]),
            _numbers(one["below"]) if "below" in one else None,
            tuple(one.get("opens", ())),
            tuple(one.get("exports", ())),
            tuple(one.get("needs", ())),
        )
        for one in told["framework"]
    )


@cache
def _by_artifact() -> dict[str, tuple[tuple[str, Framework], ...]]:
    pairs = [(name, framework) for framework in table() for name in framework.names]
    last = {name.partition(":")[2] for name, _ in pairs}
    return {one: tuple(pair for pair in pairs if pair[0].partition(":")[2] == one) for one in last}


def found(analysis: Analysis) -> tuple[Found, ...]:
    """Find the frameworks among its libraries, and those whose Maven description says that they were merged into it."""
    return (*(hit for item in analysis.libraries for hit in _of_library(item)), *_merged(analysis))


def opened(analysis: Analysis, manifest: dict[str, str]) -> dict[str, str]:
    """Return the manifest, with the packages opened and exported that these libraries want."""
    there = found(analysis)
    wanted = {
        "Add-Opens": [name for one in there for name in one.framework.opens],
        "Add-Exports": [name for one in there for name in one.framework.exports],
    }
    more = {
        key: " ".join(dict.fromkeys((*manifest.get(key, "").split(), *names))) for key, names in wanted.items() if names
    }
    return {**manifest, **more}


def _of_library(item: Library) -> Iterator[Found]:
    file = item.entry.rpartition("/")[2]
    told = _FILE.match(file)
    if item.maven is None and told is None:
        return
    group, name, version = item.maven or ("", told["name"] if told else "", told["version"] if told else "")
    for coordinates, framework in _by_artifact().get(name, ()):
        same = not group or coordinates == f"{group}:{name}"
        if same and (framework.below is None or _numbers(version) < framework.below):
            yield Found(framework, file)


def _merged(analysis: Analysis) -> Iterator[Found]:
    for member in analysis.members:
        told = _POM.match(member.name) if member.name.endswith("/pom.properties") else None
        for coordinates, framework in _by_artifact().get(told["name"], ()) if told else ():
            if told and coordinates == f"{told['group']}:{told['name']}":
                yield Found(framework, coordinates, sure=framework.below is None)


def _numbers(version: str) -> tuple[int, ...]:
    """Its leading numbers: `5.2.17.Final` -> (5, 2, 17)."""
    parts = []
    for part in version.split("."):
        number = _NUMBER.match(part)
        if number is None:
            break
        parts.append(int(number.group()))
    return tuple(parts)
