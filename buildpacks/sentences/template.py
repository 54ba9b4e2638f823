"""Sentences with holes, and how they are filled: `{name}`, `{name:how}`, and `[[…]]` for what may be left out.

| written | becomes |
|---|---|
| `{name}` | the value; a list with the commas of the language; a sentence in a sentence in the same language |
| `{size:size}` `{took:seconds}` `{at:time}` | bytes, seconds and moments as people read them |
| `{n:count library|libraries}` | a number with its noun |
| `{names:and}` `{names:or}` `{parts:joined}` | a list with `and`, `or`, or semicolons |
| `{notes:sentences}` | whole sentences, one after the other |
| `{faults:lines}` | a list with a line for each, set in |
| `{reason:bare}` | a sentence without its full stop, to stand in another one |
| `{failure:hint}` | the hint of a sentence instead of the sentence; `{failure:hint Mend it.}` where it has none |
| `{phase:word}` | a word of ours, looked up under `word` |
| `{flag:when}` | nothing; inside `[[…]]` it decides whether that is said |
| `{name:else nobody}` | the value, or the words behind `else` where it is empty |
| `[[ … ]]` | nothing, where a value inside is empty (None, 0, no text, no items) |
| `{{` `}}` | braces |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from buildpacks.sentences import spelling

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_HOLE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)(?::([^{}]*))?\}")

Nested = Callable[[str, Mapping[str, Any], str], str]
"""Tells a sentence that is a value: key, values, and which part of it (`says` or `hint`)."""


def holes(template: str) -> dict[str, set[str]]:
    """Give the names that a template needs, each with the ways in which it is written (without their arguments)."""
    found: dict[str, set[str]] = {}
    for name, how in _HOLE.findall(template):
        if name:
            found.setdefault(name, set()).add(how.partition(" ")[0])
    return found


def fill(template: str, values: Mapping[str, Any], language: str, nested: Nested) -> str:
    """Fill a template. A value that is not there is written as its name in braces: a sentence about trouble must not
    be lost in trouble of its own.
    """

    def optional(match: re.Match[str]) -> str:
        part = match[1]
        return part if all(values.get(name) for name in holes(part)) else ""

    def hole(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        how, _, argument = (match[2] or "").partition(" ")
        return _written(values[name], how, argument, language, nested) if name in values else match[0]

    return _HOLE.sub(hole, _OPTIONAL.sub(optional, template))


def _written(value: Any, how: str, argument: str, language: str, nested: Nested) -> str:  # noqa: PLR0911 - one line each
    match how:
        case "size":
            return spelling.size(value)
        case "seconds":
            return spelling.seconds(value, language)
        case "time":
            return spelling.time(value)
        case "count":
            return spelling.counted(value, argument, language)
        case "when":
            return ""
        case "word":
            return nested(f"word.{value}", {"word": value}, "says")
        case "hint":
            return (nested(value["code"], value["values"], "hint") if is_sentence(value) else "") or argument
        case "and" | "or" | "joined" | "sentences" | "lines":
            return _listed([_plain(one, language, nested) for one in value], how, language)
    text = _plain(value, language, nested)
    if how == "bare":
        return text.rstrip(".。")
    return text or argument


def _listed(items: list[str], how: str, language: str) -> str:
    return "\n".join(f"  {one}" for one in items) if how == "lines" else spelling.joined(items, how, language)


def _plain(value: Any, language: str, nested: Nested) -> str:
    if is_sentence(value):
        return nested(value["code"], value["values"], "says")
    if isinstance(value, list | tuple):
        return spelling.joined([_plain(one, language, nested) for one in value], language=language)
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_sentence(value: Any) -> bool:
    """Whether a value is a sentence of the catalogue: `{"code": …, "values": {…}}`."""
    return isinstance(value, Mapping) and value.keys() == {"code", "values"}
