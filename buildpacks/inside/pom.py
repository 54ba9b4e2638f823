"""pom.xml, as far as a bill of materials needs it: licences, and which group an artifact that it names belongs to.

Source: the Maven POM reference. A document type is refused: entities are not needed, and a stranger's may be a bomb.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

_DEEPEST = 64


@dataclass(frozen=True)
class Pom:
    """`licences` are pairs of name and address, either may be empty; `named` pairs of groupId and artifactId."""

    licences: tuple[tuple[str, str], ...] = ()
    named: tuple[tuple[str, str], ...] = ()


def read(data: bytes) -> Pom:
    """Read what a pom.xml says, as far as it can be read. `${…}` counts as unknown."""
    handler = _Handler()
    parser = expat.ParserCreate()
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = handler.refuse
    # What was read up to a fault is still true.
    with suppress(expat.ExpatError, _RefusedError):
        parser.Parse(data, True)
    return Pom(tuple(dict.fromkeys(handler.licences)), tuple(dict.fromkeys(handler.named)))


class _RefusedError(Exception):
    """Not to be read any further."""


class _Handler:
    """Collects the children of every `license`, `dependency` and `parent`, and of `project` itself."""

    def __init__(self) -> None:
        self.licences: list[tuple[str, str]] = []
        self.named: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._told: list[dict[str, str]] = []

    def refuse(self, *_declared: object) -> None:
        raise _RefusedError

    def start(self, name: str, _attributes: object) -> None:
        if len(self._path) == _DEEPEST:
            raise _RefusedError
        self._path.append(name.rpartition(":")[2])
        self._told.append({})

    def text(self, data: str) -> None:
        if len(self._path) > 1:
            told = self._told[-2]
            told[self._path[-1]] = told.get(self._path[-1], "") + data

    def end(self, _name: str) -> None:
        path, told = self._path, {key: value.strip() for key, value in self._told.pop().items()}
        if path == ["project", "licenses", "license"] and (told.get("name") or told.get("url")):
            self.licences.append((_plain(told.get("name", "")), _plain(told.get("url", ""))))
        group, artifact = told.get("groupId", ""), told.get("artifactId", "")
        if path[-1] in {"dependency", "parent", "project"} and group and artifact and "${" not in group + artifact:
            self.named.append((group, artifact))
        path.pop()


def _plain(text: str) -> str:
    return " ".join(text.split())
