"""YAML text into nodes that remember their lines: scalars stay text, anchors and `<<` are resolved, nothing is run.

Scalars are kept as they were written: YAML 1.1 would turn the port `22:22` into 1342 and `restart: no` into false.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from buildpacks.errors import Refused, ToldError
from buildpacks.sentences.values import foreign
from buildsvc.compose.faults import Faults
from buildsvc.model import yaml_reading

MAX_FILE = 4 * 1024 * 1024
_MERGING = ("!reset", "!override")
_TAGS = frozenset(
    {"str", "int", "!reset", "!override", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value"}
)
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True)
class Scalar:
    """`text` is None for null. `line` counts from 1."""

    text: str | None
    line: int
    plain: bool = False
    """Written without quotes."""
    file: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Sequence:
    items: tuple[Node, ...]
    line: int
    file: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Map:
    entries: dict[str, Node]
    line: int
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each key."""
    file: str = ""
    tag: str = ""


Node = Scalar | Sequence | Map


def read_text(path: Path, shown: str) -> str:
    """Return the text of a file of at most 4 MB in UTF-8. Raises Refused `no-compose-file`, `bad-encoding` or
    `too-large`.
    """
    if not path.is_file():
        raise Refused("no-compose-file", shown=shown)
    if path.stat().st_size > MAX_FILE:
        raise Refused("too-large.compose", shown=shown)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("bad-encoding", shown=shown, byte=error.start) from error


def read(text: str, faults: Faults, file: str = "") -> Map:
    """Read the top-level mapping. A syntax error raises Refused `bad-yaml` at once; doubled keys go to `faults`. `file`
    is the name of one that is read besides, like an included one.
    """
    try:
        roots = list(yaml_reading.documents(text))
    except yaml_reading.TooMuch as error:
        raise Refused("too-large.nodes", file=file or faults.file, error=error) from error
    except yaml.YAMLError as error:
        raise _unread(error, file or faults.file) from error
    if len(roots) > 1:
        raise Refused("bad-yaml.documents", file=file or faults.file)
    root = roots[0] if roots else None
    if not isinstance(root, yaml.MappingNode):
        raise Refused("bad-yaml.no-keys", file=file or faults.file)
    converted = _Converter(faults, file).convert(root, "")
    assert isinstance(converted, Map)
    return converted


def _unread(error: yaml.YAMLError, file: str) -> Refused:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        told = error if isinstance(error, ToldError) else foreign(error.problem or error)
        return Refused("bad-yaml.at", file=file, line=line, column=column, problem=told)
    return Refused("bad-yaml.whole", file=file, problem=error)


class _Converter:
    def __init__(self, faults: Faults, file: str) -> None:
        self._faults = faults
        self._file = file

    def convert(self, node: yaml.Node, path: str) -> Node:
        line = node.start_mark.line + 1
        tag = node.tag if node.tag in _MERGING else ""
        if node.tag and node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self._faults.add("unsupported-key.tag", path, line, self._file, tag=node.tag)
        if isinstance(node, yaml.MappingNode):
            return replace(self._mapping(node, path, line), file=self._file, tag=tag)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.convert(item, f"{path}[{n}]") for n, item in enumerate(node.value))
            return Sequence(items, line, self._file, tag)
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return Scalar(None if plain and node.value in _NULLS else node.value, line, plain, self._file, tag)

    def _mapping(self, node: yaml.MappingNode, path: str, line: int) -> Map:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merged: list[Map] = []
        for key, value in node.value:
            at = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            where = f"{path}.{name}".lstrip(".")
            if name is None:
                self._faults.add("wrong-type.key", path, at, self._file)
            elif name == "<<":
                merged += self._merged(value, where, at)
            elif name in entries:
                self._faults.add("double-key.twice", where, at, self._file, first=lines[name])
            else:
                entries[name] = self.convert(value, where)
                lines[name] = at
        for source in merged:
            for name, inherited in source.entries.items():
                if name not in entries:
                    entries[name] = inherited
                    lines[name] = source.lines[name]
        return Map(entries, line, lines)

    def _merged(self, value: yaml.Node, path: str, line: int) -> list[Map]:
        node = self.convert(value, path)
        found = list(node.items) if isinstance(node, Sequence) else [node]
        maps = [item for item in found if isinstance(item, Map)]
        if len(maps) != len(found):
            self._faults.add("wrong-type.merge", path, line, self._file)
        return maps
