"""Where a Compose file says what: the line of every key, for what is found wrong only after the file was understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from buildsvc.compose.spot import Spot
from buildsvc.compose.yaml_nodes import Map, Node, Scalar, Sequence

_DEEPEST = 4
"""`services.NAME.KEY` and what is listed there."""


@dataclass(frozen=True)
class Place:
    """`path` is like `services.order.ports[0]`; `file` is empty where it is the one that was given. `text` is all that
    is written there.
    """

    path: str
    line: int | None
    file: str = ""
    text: str = ""


@dataclass(frozen=True)
class Places:
    """The places of one file, and of those that it includes, by path."""

    known: dict[str, Place] = field(default_factory=dict)

    def of(self, thing: str, keys: tuple[str, ...], value: str) -> Place:
        """Return where `thing`, a service or a path like `networks.front`, asks for `value` in the first of these keys
        that it has: the one item that says so, otherwise the key, otherwise the thing.
        """
        path = thing if thing.startswith(("networks.", "volumes.")) and thing in self.known else f"services.{thing}"
        for key in keys:
            found = self.known.get(f"{path}.{key}")
            if found is not None:
                items = [one for one in self.known.values() if one.path.startswith(f"{found.path}[")]
                return next((one for one in items if value in one.text), found)
        return self.known.get(path, Place(path, None))


NOWHERE = Places()
"""Of what is read from no file."""


def places_of(top: Spot) -> Places:
    """Note every place of an interpolated file down to what a key of a service lists."""
    return Places({one.path: one for one in _below(top.node, "", top.line, top.faults.file, 0)})


def _below(node: Node, path: str, line: int, shown: str, depth: int) -> Iterator[Place]:
    if path:
        yield Place(path, line, "" if node.file == shown else node.file, _text(node) if depth == _DEEPEST else "")
    if depth >= _DEEPEST:
        return
    if isinstance(node, Map):
        for key, child in node.entries.items():
            at = node.lines.get(key, child.line)
            yield from _below(child, f"{path}.{key}".lstrip("."), at, shown, depth + 1)
    elif isinstance(node, Sequence):
        for number, child in enumerate(node.items):
            yield from _below(child, f"{path}[{number}]", child.line, shown, depth + 1)


def _text(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text or ""
    parts = node.entries.values() if isinstance(node, Map) else node.items
    return "\n".join(_text(one) for one in parts)
