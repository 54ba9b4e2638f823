"""The list of real artifacts: where each comes from, and what has to happen with it (`scripts/artifacts.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "artifacts.toml"


class BadList(Exception):
    """The list says something that cannot be; the message names the entry."""


@dataclass(frozen=True)
class Answer:
    """What it has to answer over HTTP. `port` None: any port that it opens, found by looking."""

    status: int = 200
    path: str = "/"
    text: str = ""
    port: int | None = None


@dataclass(frozen=True)
class Ending:
    """A program that is no server: its exit code, and a text in what it prints."""

    code: int = 0
    text: str = ""


@dataclass(frozen=True)
class Artifact:
    """One entry. Exactly one of `answer`, `ending` and `refused` says what has to happen; none where nobody knows.

    `source` is `maven GROUP:ARTIFACT:VERSION[:PACKAGING[:CLASSIFIER]]`, `npm NAME@VERSION PATH`,
    `pypi NAME==VERSION PATH` (the file's path in the package), `made NAME`, or `file PATH`. `java` is the release that
    it needs, `base` the one that it gets, of all from 8 to 25.
    """

    name: str
    source: str
    family: str = ""
    why: str = ""
    sha256: str = ""
    filename: str = ""
    ci: bool = False
    machine: str = ""
    """The architecture on which this is expected (amd64); empty: on all."""
    kind: str = ""
    java: int | None = None
    base: int | None = None
    server: str = ""
    """The line of Tomcat that it runs on."""
    warns: str = ""
    """A text in one of the warnings of the build."""
    refused: str = ""
    answer: Answer | None = None
    ending: Ending | None = None
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    memory: int = 1024
    """Memory limit in MiB."""
    deadline: float = 300.0
    """Seconds in which it has to answer or to end."""


def read(file: Path = FILE) -> tuple[Artifact, ...]:
    """All entries in order. Raises BadList."""
    found = tuple(_entry(table) for table in tomllib.loads(file.read_text(encoding="utf-8"))["artifact"])
    names = [one.name for one in found]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise BadList(f"named twice: {', '.join(sorted(double))}")
    return found


def on(machine: str, artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """Those of which anything is expected on an architecture (`amd64`)."""
    return tuple(one for one in artifacts if one.machine in {"", machine})


def unknown(source: str) -> Artifact:
    """An entry of which nothing is expected, for a source as in the list (`maven` may be left out)."""
    where = source if source.partition(" ")[0] in {"maven", "npm", "pypi", "made", "file"} else f"maven {source}"
    return Artifact(name=where.partition(" ")[2], source=where, deadline=180.0)


def _entry(table: dict[str, Any]) -> Artifact:
    name = str(table.get("name", "an entry without a name"))
    wrong = set(table) - {field.name for field in fields(Artifact)}
    if wrong or "source" not in table:
        raise BadList(f"{name}: {', '.join(sorted(wrong)) or 'source'} is not understood or not there")
    given = dict(table)
    if sum(key in given for key in ("answer", "ending", "refused")) != 1:
        raise BadList(f"{name}: exactly one of answer, ending and refused is needed")
    if "answer" in given:
        given["answer"] = Answer(**given["answer"])
    if "ending" in given:
        given["ending"] = Ending(**given["ending"])
    given["arguments"] = tuple(given.get("arguments", ()))
    given["environment"] = tuple(given.get("environment", {}).items())
    return Artifact(**given)
