"""`${VAR}` and its kin, replaced in values by the variables of `.env` and `--env-file`; never by those of the process.

Format: the Compose Specification, "Interpolation". An unset variable without a default is an empty text, and noted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from buildpacks.errors import Refused
from buildsvc.compose.faults import Faults
from buildsvc.compose.yaml_nodes import Node, Scalar, Sequence

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")

MOST_TEXT = 1 << 20
DEEPEST, TOO_DEEP = 20, -1

EMPTY = "empty-variable"
"""No fault: a variable that is not set, by the value `name`."""


class Complain(Protocol):
    """Takes a fault by the key of its sentence and its values, all but where it is."""

    def __call__(self, key: str, /, **values: object) -> None: ...


def substitute(text: str, variables: Mapping[str, str], complain: Complain) -> str:
    """`text` with `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`, `${VAR?message}`,
    `${VAR:+other}`, `${VAR+other}` replaced and `$$` as `$`. Defaults may hold variables themselves. More than
    `MOST_TEXT` characters, or `DEEPEST` variables in variables, are a fault, and an empty text.
    """
    out: list[str] = []
    position = length = 0
    while (dollar := text.find("$", position)) >= 0:
        out.append(text[position:dollar])
        replaced, position = _one(text, dollar, variables, complain)
        out.append(replaced)
        length += len(replaced)
        if length > MOST_TEXT:
            complain("too-large.text", most=MOST_TEXT)
            return ""
    out.append(text[position:])
    return "".join(out)


@dataclass
class Growth:
    """Characters that variables have put into one file so far. Raises Refused `too-large` where they are too many."""

    total: int = 0

    def add(self, count: int, file: str) -> None:
        self.total += count
        if self.total > 4 * MOST_TEXT:
            raise Refused("too-large.variables", file=file)


def interpolate(
    node: Node, variables: Mapping[str, str], faults: Faults, path: str = "", growth: Growth | None = None
) -> Node:
    """Return the same tree with every value replaced; keys stay, and so does all below an `x-` key that is not ours.

    Raises Refused `too-large`.
    """
    growth = growth or Growth()
    if isinstance(node, Scalar):
        if node.text is None or "$" not in node.text:
            return node

        def complain(key: str, /, **values: object) -> None:
            if key == EMPTY:
                places = faults.empty.setdefault(str(values["name"]), [])
                if path not in places:
                    places.append(path)
                return
            faults.add(key, path, node.line, node.file, **values)

        replaced = substitute(node.text, variables, complain)
        growth.add(len(replaced), faults.file)
        return replace(node, text=replaced)
    if isinstance(node, Sequence):
        items = (interpolate(item, variables, faults, f"{path}[{n}]", growth) for n, item in enumerate(node.items))
        return replace(node, items=tuple(items))
    entries = {
        key: value
        if key.startswith("x-") and key != "x-buildsvc"
        else interpolate(value, variables, faults, f"{path}.{key}".lstrip("."), growth)
        for key, value in node.entries.items()
    }
    return replace(node, entries=entries)


def _one(text: str, dollar: int, variables: Mapping[str, str], complain: Complain) -> tuple[str, int]:
    following = text[dollar + 1 : dollar + 2]
    if following == "$":
        return "$", dollar + 2
    if following == "{":
        end = _closing(text, dollar + 2)
        if end == TOO_DEEP:
            complain("bad-variable.deep", deepest=DEEPEST)
            return "", len(text)
        if end is None:
            complain("bad-variable.open", text=text[:200])
            return "", len(text)
        return _braced(text[dollar + 2 : end], variables, complain), end + 1
    name = _NAME.match(text, dollar + 1)
    if name is None:
        complain("bad-variable.lone", text=text[:200])
        return "", dollar + 1
    return _plain(name[0], variables, complain), name.end()


def _closing(text: str, start: int) -> int | None:
    """Where the brace ends; TOO_DEEP, or None where it does not."""
    depth = 1
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
            if depth > DEEPEST:
                return TOO_DEEP
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return None


def _plain(name: str, variables: Mapping[str, str], complain: Complain) -> str:
    if name in variables:
        return variables[name]
    complain(EMPTY, name=name)
    return ""


def _braced(inside: str, variables: Mapping[str, str], complain: Complain) -> str:
    found = _NAME.match(inside)
    if found is None:
        complain("bad-variable.no-name", inside=inside)
        return ""
    name, rest = found[0], inside[found.end() :]
    if not rest:
        return _plain(name, variables, complain)
    operator = next((o for o in _OPERATORS if rest.startswith(o)), None)
    if operator is None:
        complain("bad-variable.operator", inside=inside)
        return ""
    argument = rest[len(operator) :]
    value = variables.get(name)
    given = bool(value) if operator.startswith(":") else value is not None
    match operator[-1]:
        case "-":
            return (value or "") if given else substitute(argument, variables, complain)
        case "+":
            return substitute(argument, variables, complain) if given else ""
    if not given:
        why = substitute(argument, variables, complain) if argument else ""
        complain("unset-variable.needs", name=name, why=why)
    return value or ""
