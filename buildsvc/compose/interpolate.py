"""`${VAR}` and its kin, replaced in values by the variables of `.env` and `--env-file`; never by those of the process.

Format: the Compose Specification, "Interpolation". An unset variable without a default is a fault, not an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from buildsvc.compose.faults import Faults
from buildsvc.compose.yaml_nodes import Map, Node, Scalar, Sequence

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")

Complain = Callable[[str, str, str], None]
"""code, message, hint"""


def substitute(text: str, variables: Mapping[str, str], complain: Complain) -> str:
    """`text` with `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`, `${VAR?message}`,
    `${VAR:+other}`, `${VAR+other}` replaced and `$$` as `$`. Defaults may hold variables themselves.
    """
    out: list[str] = []
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        out.append(text[position:dollar])
        replaced, position = _one(text, dollar, variables, complain)
        out.append(replaced)
    out.append(text[position:])
    return "".join(out)


def interpolate(node: Node, variables: Mapping[str, str], faults: Faults, path: str = "") -> Node:
    """The same tree with every value replaced; keys stay, and so does all below an `x-` key that is not ours."""
    if isinstance(node, Scalar):
        if node.text is None or "$" not in node.text:
            return node

        def complain(code: str, message: str, hint: str) -> None:
            faults.add(code, path, node.line, message, hint)

        return Scalar(substitute(node.text, variables, complain), node.line, node.plain)
    if isinstance(node, Sequence):
        items = (interpolate(item, variables, faults, f"{path}[{n}]") for n, item in enumerate(node.items))
        return Sequence(tuple(items), node.line)
    entries = {
        key: value
        if key.startswith("x-") and key != "x-buildsvc"
        else interpolate(value, variables, faults, f"{path}.{key}".lstrip("."))
        for key, value in node.entries.items()
    }
    return Map(entries, node.line, node.lines)


def _one(text: str, dollar: int, variables: Mapping[str, str], complain: Complain) -> tuple[str, int]:
    following = text[dollar + 1 : dollar + 2]
    if following == "$":
        return "$", dollar + 2
    if following == "{":
        end = _closing(text, dollar + 2)
        if end is None:
            complain("bad-variable", f"has '${{' without its '}}' in '{text}'.", "Write $$ for a plain dollar sign.")
            return "", len(text)
        return _braced(text[dollar + 2 : end], variables, complain), end + 1
    name = _NAME.match(text, dollar + 1)
    if name is None:
        complain("bad-variable", f"has a lone '$' in '{text}'.", "Write $$ for a plain dollar sign.")
        return "", dollar + 1
    return _plain(name[0], variables, complain), name.end()


def _closing(text: str, start: int) -> int | None:
    depth = 1
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return None


def _plain(name: str, variables: Mapping[str, str], complain: Complain) -> str:
    if name in variables:
        return variables[name]
    complain(
        "unset-variable",
        f"needs the variable {name}, which is not set.",
        f"Set {name} in .env or with --env-file, or give a default: ${{{name}:-value}}.",
    )
    return ""


def _braced(inside: str, variables: Mapping[str, str], complain: Complain) -> str:
    found = _NAME.match(inside)
    if found is None:
        complain("bad-variable", f"has '${{{inside}}}', which names no variable.", "Write $$ for a plain dollar sign.")
        return ""
    name, rest = found[0], inside[found.end() :]
    if not rest:
        return _plain(name, variables, complain)
    operator = next((o for o in _OPERATORS if rest.startswith(o)), None)
    if operator is None:
        complain("bad-variable", f"has '${{{inside}}}', which is not understood.", "Write ${NAME:-default}.")
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
        why = f": {substitute(argument, variables, complain)}" if argument else ""
        complain("unset-variable", f"needs the variable {name}{why}.", f"Set {name} in .env or with --env-file.")
    return value or ""
