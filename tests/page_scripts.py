"""The page's scripts taken apart: strings, templates (one inside another) and markup, as JavaScript has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HOLE = "\0"
_BEFORE_REGEX = re.compile(r"(^|[(,=:\[!&|?{};+\-*%<>~^]|\breturn|\bcase|=>)\s*$")
_TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_SAID_ATTRIBUTE = re.compile(r"\b(?:aria-label|title|placeholder|alt)=(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True)
class Text:
    """One string: what stands before it, its characters (holes as NUL), and whether it is markup."""

    before: str
    text: str
    markup: bool = False


def texts(script: str) -> list[Text]:
    """All strings of a script, those in the holes of templates too."""
    found: list[Text] = []
    _code(script, 0, found, inside=False)
    return found


def shown(markup: str) -> Iterator[str]:
    """What markup shows by itself: text between tags, and attributes that people read."""
    for double, single in _SAID_ATTRIBUTE.findall(markup):
        yield double or single
    yield from _TAG.sub("\n", markup).split("\n")


def _code(script: str, at: int, found: list[Text], *, inside: bool) -> int:
    """Read code until its end, or until the brace that closes a hole; gives where that is."""
    depth, begun = 0, at
    while at < len(script):
        one = script[at]
        if script.startswith("//", at):
            at = script.find("\n", at) if "\n" in script[at:] else len(script)
        elif script.startswith("/*", at):
            at = script.index("*/", at) + 2
        elif one in "\"'":
            at = _string(script, at, found)
        elif one == "`":
            at = _template(script, at, found)
        elif one == "/" and _BEFORE_REGEX.search(script[begun:at]):
            at = _regex(script, at)
        else:
            depth += (one == "{") - (one == "}")
            if inside and depth < 0:
                return at
            at += 1
    return at


def _string(script: str, at: int, found: list[Text]) -> int:
    end = at + 1
    while script[end] != script[at]:
        end += 2 if script[end] == "\\" else 1
    found.append(Text(script[max(0, at - 24) : at], script[at + 1 : end]))
    return end + 1


def _regex(script: str, at: int) -> int:
    end, in_class = at + 1, False
    while in_class or script[end] != "/":
        in_class = script[end] == "[" or (in_class and script[end] != "]")
        end += 2 if script[end] == "\\" else 1
    return end + 1


def _template(script: str, at: int, found: list[Text]) -> int:
    before, parts, end = script[max(0, at - 24) : at], [""], at + 1
    while script[end] != "`":
        if script.startswith("${", end):
            end = _code(script, end + 2, found, inside=True) + 1
            parts.append("")
        else:
            width = 2 if script[end] == "\\" else 1
            parts[-1] += script[end : end + width]
            end += width
    found.append(Text(before, HOLE.join(parts), before.endswith("html")))
    return end + 1
