"""YAML that a stranger wrote, as PyYAML's nodes: read from events, with a budget of work instead of a bound of bytes.

`yaml.compose` recurses as deeply as a text is nested, and `a: &a [*b, *b]` ten times over is a billion values in 200
bytes. Here depth and values are counted while they are read, those behind aliases too.
Format: YAML 1.1 as libyaml reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from buildpacks.errors import ToldError

DEEPEST = 60
MOST_NODES = 100_000
"""Of one text, each alias counted as what it stands for; a mapping of one key is three."""
_MOST_DIRECTIVES = 100
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml is twenty times as fast, and its parser keeps its own stack."""


class TooMuch(ToldError, yaml.YAMLError):
    """The text asks for more work than is done for it."""


class Circle(ToldError, yaml.YAMLError):
    """An alias stands inside of what it names."""


class UnknownAlias(ToldError, yaml.MarkedYAMLError):
    """An alias stands for nothing."""

    def __init__(self, name: str, mark: Any) -> None:
        super().__init__("yaml-fault.alias", name=name)
        self.problem_mark = mark


@dataclass
class _Open:
    """A list or mapping that is being read; `size` counts it and all in it."""

    node: yaml.CollectionNode
    anchor: str | None
    size: int = 1
    key: yaml.Node | None = None


@dataclass
class _Composer:
    total: int = 0
    stack: list[_Open] = field(default_factory=list)
    known: dict[str, tuple[yaml.Node, int]] = field(default_factory=dict)

    def spend(self, size: int) -> None:
        self.total += size
        if self.total > MOST_NODES:
            raise TooMuch("yaml-fault.values", most=MOST_NODES)

    def put(self, node: yaml.Node, size: int) -> yaml.Node | None:
        """Put a whole node into what is open; the root of the document where nothing is."""
        if not self.stack:
            return node
        above = self.stack[-1]
        above.size += size
        if isinstance(above.node, yaml.SequenceNode):
            above.node.value.append(node)
        elif above.key is None:
            above.key = node
        else:
            above.node.value.append((above.key, node))
            above.key = None
        return None

    def take(self, event: yaml.Event) -> yaml.Node | None:
        """One event; a node where it ends the root of a document. Raises TooMuch, Circle, UnknownAlias."""
        if isinstance(event, yaml.AliasEvent):
            return self.put(*self._named(event))
        if isinstance(event, yaml.ScalarEvent):
            self.spend(1)
            mark: Any = event.start_mark
            node = yaml.ScalarNode(event.tag or "", event.value, mark, mark, event.style or None)
            return self.put(self._known(event.anchor, node, 1), 1)
        if isinstance(event, yaml.CollectionStartEvent):
            self.spend(1)
            kind = yaml.MappingNode if isinstance(event, yaml.MappingStartEvent) else yaml.SequenceNode
            if len(self.stack) == DEEPEST:
                raise TooMuch("yaml-fault.deep", most=DEEPEST)
            mark = event.start_mark
            self.stack.append(_Open(kind(event.tag or "", [], mark, mark, event.flow_style), event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self.stack.pop()
            return self.put(self._known(done.anchor, done.node, done.size), done.size)
        return None

    def _named(self, event: yaml.AliasEvent) -> tuple[yaml.Node, int]:
        if any(one.anchor == event.anchor for one in self.stack):
            raise Circle("yaml-fault.circle", name=event.anchor)
        if event.anchor not in self.known:
            raise UnknownAlias(str(event.anchor), event.start_mark)
        node, size = self.known[event.anchor]
        self.spend(size)
        return node, size

    def _known(self, anchor: str | None, node: yaml.Node, size: int) -> yaml.Node:
        if anchor is not None:
            self.known[anchor] = node, size
        return node


def documents(text: str) -> Iterator[yaml.Node]:
    """Give the root of each document that is not empty, as it ends. A tag is "" where none is written.

    Raises yaml.YAMLError where the text is none, TooMuch and Circle among them.
    """
    if text.count("\n%") > _MOST_DIRECTIVES:
        raise TooMuch("yaml-fault.directives", most=_MOST_DIRECTIVES)
    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                composer.known = {}
            elif (root := composer.take(event)) is not None:
                yield root
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from error
