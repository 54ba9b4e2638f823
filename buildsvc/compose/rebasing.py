"""The relative paths of a file in another folder, written as if they stood in the first file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from buildsvc.compose.yaml_nodes import Map, Node, Scalar, Sequence

PathChange = Callable[[Node], Node]


def rebased(tree: Map, folder: str) -> Map:
    """Return the tree of a file in `folder`, as seen from the folder of the first file."""
    if folder in {"", "."}:
        return tree

    def path(node: Node) -> Node:
        if not isinstance(node, Scalar) or node.text is None or node.text.startswith(("/", "~")) or "://" in node.text:
            return node
        return replace(node, text=_joined(folder, node.text))

    def mount(node: Node) -> Node:
        if isinstance(node, Scalar) and node.text is not None and node.text.startswith("."):
            source, separator, rest = node.text.partition(":")
            return replace(node, text=f"{_joined(folder, source)}{separator}{rest}")
        kind = node.entries.get("type") if isinstance(node, Map) else None
        is_bind = isinstance(kind, Scalar) and kind.text == "bind"
        return _at(node, source=path) if is_bind else node

    def either(key: str) -> PathChange:
        return lambda node: _at(node, **{key: path}) if isinstance(node, Map) else path(node)

    def each(change: PathChange) -> PathChange:
        return lambda node: replace(node, items=tuple(map(change, node.items))) if isinstance(node, Sequence) else node

    def one_or_each(change: PathChange) -> PathChange:
        return lambda node: each(change)(node) if isinstance(node, Sequence) else change(node)

    def service(node: Node) -> Node:
        return _at(
            node,
            build=either("context"),
            volumes=each(mount),
            env_file=one_or_each(either("path")),
            label_file=one_or_each(path),
        )

    files = _all(lambda node: _at(node, file=path))
    changed = _at(tree, services=_all(service), configs=files, secrets=files)
    assert isinstance(changed, Map)
    return changed


def _joined(folder: str, text: str) -> str:
    return f"./{folder}/{text.removeprefix('./')}"


def _at(node: Node, **changes: PathChange) -> Node:
    if not isinstance(node, Map):
        return node
    done = {key: changes[key](value) if key in changes else value for key, value in node.entries.items()}
    return replace(node, entries=done)


def _all(change: PathChange) -> PathChange:
    def changed(node: Node) -> Node:
        if not isinstance(node, Map):
            return node
        return replace(node, entries={key: change(value) for key, value in node.entries.items()})

    return changed
