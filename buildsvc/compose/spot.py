"""A spot in the file: a node with its path, read as the type that is expected there. What is wrong becomes a fault.

Every reader answers None (or an empty value) after it has noted a fault, so that reading goes on to the next one.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.compose.faults import Faults, nearest
from buildsvc.compose.yaml_nodes import Map, Node, Scalar, Sequence
from buildsvc.model import units

_TRUE = {"true", "yes", "on", "y"}
_FALSE = {"false", "no", "off", "n"}

Expected = str | dict[str, Any]
"""What must stand at a spot: the key of its words in the catalogue, or a sentence with values."""


@dataclass(frozen=True)
class Spot:
    """`line` is that of the key where there is one, otherwise of the value."""

    node: Node
    path: str
    line: int
    faults: Faults

    def fault(self, key: str, /, **values: object) -> None:
        self.faults.add(key, self.path, self.line, self.node.file, **values)

    def wrong(self, expected: Expected) -> None:
        self.fault("wrong-type.shape", expected=_named(expected), shape=_shape(self.node))

    @property
    def null(self) -> bool:
        return isinstance(self.node, Scalar) and self.node.text is None

    @property
    def is_map(self) -> bool:
        return isinstance(self.node, Map)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, Sequence)

    def get(self, key: str) -> Spot | None:
        """Return the value of a key; None when it is absent or null, or when this is no mapping."""
        found = self.entries_or_none().get(key)
        return None if found is None or found.null else found

    def entries_or_none(self) -> dict[str, Spot]:
        if not isinstance(self.node, Map):
            return {}
        return {
            key: Spot(value, f"{self.path}.{key}".lstrip("."), self.node.lines.get(key, value.line), self.faults)
            for key, value in self.node.entries.items()
        }

    def entries(self) -> dict[str, Spot]:
        """Return the spots by key. Null counts as an empty mapping; anything else is a fault."""
        if not isinstance(self.node, Map) and not self.null:
            self.wrong("expected.mapping")
        return self.entries_or_none()

    def known(self, allowed: Iterable[str], refused: Mapping[str, str] | None = None) -> dict[str, Spot]:
        """Return the entries; a key that is neither `allowed` nor begins with x- is a fault, with a suggestion.
        `refused` maps keys of the Compose Specification that are not supported here to what is said of each.
        """
        names = tuple(allowed)
        found = self.entries()
        for key, spot in found.items():
            if key in names or key.startswith("x-"):
                continue
            if refused is not None and key in refused:
                spot.fault(refused[key])
            else:
                near = nearest(key, names)
                spot.fault("unknown-key.named", near=near, known=() if near else names)
        return found

    def items(self, expected: Expected = "expected.list") -> list[Spot]:
        """Return the spots of a list. Null counts as an empty one; anything else is a fault."""
        if isinstance(self.node, Sequence):
            return [Spot(n, f"{self.path}[{i}]", n.line, self.faults) for i, n in enumerate(self.node.items)]
        if not self.null:
            self.wrong(expected)
        return []

    def each(self) -> list[Spot]:
        """Return the spots of a list, or this one alone: many keys take either."""
        return self.items() if isinstance(self.node, Sequence) else [self]

    def text(self, expected: Expected = "expected.text") -> str | None:
        if isinstance(self.node, Scalar) and self.node.text is not None:
            return self.node.text
        self.wrong(expected)
        return None

    def one_of(self, *choices: str) -> str | None:
        text = self.text(sentence("expected.one-of", choices=choices))
        if text is None or text in choices:
            return text
        self.fault("wrong-value.choice", text=text, choices=choices, near=nearest(text, choices))
        return None

    def integer(self, low: int, high: int, expected: Expected = "expected.integer") -> int | None:
        text = self.text(expected)
        if text is None:
            return None
        digits = text.strip()
        if not digits.lstrip("-").isdecimal() or not digits.isascii():
            self.wrong(expected)
            return None
        value = int(digits)
        if not low <= value <= high:
            self.fault("wrong-value.range", value=value, low=low, high=high)
            return None
        return value

    def number(self, expected: Expected = "expected.number") -> float | None:
        text = self.text(expected)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            self.wrong(expected)
            return None
        return value

    def boolean(self) -> bool:
        text = self.text("expected.boolean")
        if text is not None and text.lower() not in _TRUE | _FALSE:
            self.wrong("expected.boolean")
        return text is not None and text.lower() in _TRUE

    def duration(self) -> float | None:
        """Seconds."""
        text = self.text("expected.duration")
        try:
            return None if text is None else units.duration(text)
        except Refused as error:
            self.fault("wrong-value.duration", text=text, why=error)
            return None

    def size(self) -> int | None:
        """Bytes."""
        text = self.text("expected.size")
        try:
            return None if text is None else units.size(text)
        except Refused as error:
            self.fault("wrong-value.size", text=text, why=error)
            return None

    def texts(self, expected: Expected = "expected.texts") -> tuple[str, ...]:
        """One text, or a list of them."""
        if isinstance(self.node, Scalar):
            text = self.text(expected)
            return () if text is None else (text,)
        return tuple(text for item in self.items(expected) if (text := item.text()) is not None)

    def argv(self) -> tuple[str, ...]:
        """Read a command: text that is split as a shell would, or a list."""
        if not isinstance(self.node, Scalar):
            return self.texts("expected.argv")
        text = self.text("expected.argv") or ""
        try:
            return tuple(shlex.split(text))
        except ValueError as error:
            self.fault("wrong-value.split", text=text, error=error)
            return ()

    def pairs(self) -> list[tuple[str, str | None, Spot]]:
        """Read a mapping, or a list of KEY=VALUE; the value is None for a key alone (or null). Later keys win."""
        found: dict[str, tuple[str | None, Spot]] = {}
        if self.is_map:
            for key, spot in self.entries().items():
                found[key] = (None if spot.null else spot.text(), spot)
        else:
            for item in self.items(sentence("expected.pairs", separator="=")):
                text = item.text(sentence("expected.pair", separator="="))
                if text is not None:
                    key, has_value, value = text.partition("=")
                    found[key] = (value if has_value else None, item)
        return [(key, value, spot) for key, (value, spot) in found.items()]

    def settled_pairs(self) -> tuple[tuple[str, str], ...]:
        """`pairs` for labels and options: a key alone has an empty value."""
        return tuple((key, value or "") for key, value, _ in self.pairs())


def _named(expected: Expected) -> dict[str, Any]:
    return sentence(expected) if isinstance(expected, str) else expected


def _shape(node: Node) -> dict[str, Any]:
    if isinstance(node, Map):
        return sentence("shape.mapping")
    if isinstance(node, Sequence):
        return sentence("shape.list")
    return sentence("shape.empty") if node.text is None else sentence("shape.text", text=node.text)
