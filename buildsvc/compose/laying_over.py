"""Two descriptions of one thing into one: what a later file, or the extending service, says over an earlier one.

Format: the Compose Specification, "Merge and override", with the tags `!reset` and `!override`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from buildsvc.compose.yaml_nodes import Map, Node, Scalar, Sequence

RESET, OVERRIDE = "!reset", "!override"
_PAIRS = frozenset({"environment", "labels", "sysctls", "annotations", "args", "driver_opts", "options"})
_NAMES = frozenset({"depends_on", "networks"})
_REPLACED = frozenset({"command", "entrypoint", "test"})
_MOUNTED = frozenset({"volumes", "devices"})
_REFERRED = frozenset({"configs", "secrets"})
_MAPPED_HOSTS = frozenset({"extra_hosts"})
_SERVICE = re.compile(r"services\.[^.]+")


def merged(base: Node, over: Node, path: str = "") -> Node:
    """`over` laid over `base`."""
    key = path.rpartition(".")[2]
    if over.tag == OVERRIDE or key in _REPLACED or over.tag == RESET:
        return over
    below_service = bool(_SERVICE.match(path)) and path.count(".") > 1
    if below_service:
        base, over = _aligned(key, base), _aligned(key, over)
    if isinstance(base, Map) and isinstance(over, Map):
        return _maps(base, over, path)
    if isinstance(base, Sequence) and isinstance(over, Sequence):
        return replace(over, items=_lists(key if below_service else "", base.items, over.items))
    if isinstance(over, Scalar) and over.text is None and not isinstance(base, Scalar):
        return base
    return over


def without_resets(node: Node) -> Node:
    """Return the same tree without what is tagged `!reset`."""
    if isinstance(node, Map):
        kept = {key: without_resets(value) for key, value in node.entries.items() if value.tag != RESET}
        return replace(node, entries=kept)
    if isinstance(node, Sequence):
        return replace(node, items=tuple(without_resets(item) for item in node.items if item.tag != RESET))
    return node


def _maps(base: Map, over: Map, path: str) -> Map:
    entries, lines = dict(base.entries), dict(base.lines)
    for key, value in over.entries.items():
        below = f"{path}.{key}".lstrip(".")
        entries[key] = merged(entries[key], value, below) if key in entries else value
        lines[key] = over.lines.get(key, value.line)
    return replace(over, entries=entries, lines=lines)


def _lists(key: str, base: tuple[Node, ...], over: tuple[Node, ...]) -> tuple[Node, ...]:
    """Append the items of `over`; what has the same target, or is the same, is replaced in its place."""
    identity = _identity(key)
    found: dict[object, Node] = {}
    for item in (*base, *over):
        found[identity(item)] = item
    return tuple(found.values())


def _identity(key: str) -> Callable[[Node], object]:
    if key in _MOUNTED:
        return _target
    if key in _REFERRED:
        return _reference
    return _content


def _target(node: Node) -> object:
    if isinstance(node, Map):
        target = node.entries.get("target")
        return target.text if isinstance(target, Scalar) else _content(node)
    parts = (node.text or "").split(":") if isinstance(node, Scalar) else []
    return parts[1] if len(parts) > 1 else "".join(parts)


def _reference(node: Node) -> object:
    if isinstance(node, Map):
        named = node.entries.get("target") or node.entries.get("source")
        return named.text if isinstance(named, Scalar) else _content(node)
    return node.text if isinstance(node, Scalar) else _content(node)


def _content(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return tuple(_content(item) for item in node.items)
    return tuple(sorted((key, _content(value)) for key, value in node.entries.items()))


def _aligned(key: str, node: Node) -> Node:
    """Return the one of two ways of writing in which both can be merged."""
    if key == "build" and isinstance(node, Scalar) and node.text is not None:
        return Map({"context": node}, node.line, {"context": node.line}, node.file)
    if isinstance(node, Scalar) and key in {"env_file", "dns", "dns_search", "tmpfs", "label_file"}:
        return Sequence((node,), node.line, node.file)
    if not isinstance(node, Sequence):
        return node
    return _listed(key, node)


def _listed(key: str, node: Sequence) -> Node:
    if key in _NAMES:
        started = Map({"condition": Scalar("service_started", node.line, file=node.file)}, node.line, {}, node.file)
        value: Node = started if key == "depends_on" else Scalar(None, node.line, file=node.file)
        return _mapped(node, lambda text: (text, value))
    if key in _PAIRS:
        return _mapped(node, lambda text: _pair(text, "=", node))
    if key in _MAPPED_HOSTS:
        return _mapped(node, lambda text: _pair(text, "=" if "=" in text else ":", node))
    return node


def _pair(text: str, separator: str, node: Node) -> tuple[str, Node]:
    name, has_value, value = text.partition(separator)
    return name, Scalar(value if has_value else None, node.line, file=node.file)


def _mapped(node: Sequence, split: Callable[[str], tuple[str, Node]]) -> Node:
    entries: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for item in node.items:
        if not isinstance(item, Scalar) or item.text is None:
            return node
        name, value = split(item.text)
        entries[name], lines[name] = replace(value, line=item.line), item.line
    return Map(entries, node.line, lines, node.file, node.tag)
