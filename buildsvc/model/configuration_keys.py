"""Configuration keys that differ between artifacts: YAML and properties of every profile, flattened, secrets hidden.

YAML is read as events: deep nesting costs no stack, and aliases are not followed. An artifact is a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from buildpacks.inside.difference import FileChange
from buildsvc.model.configuration import canonical, decode, properties
from buildsvc.model.secrecy import shown

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml is twenty times as fast, and its parser keeps its own stack."""
_PROFILES = ("spring.config.activate.on-profile", "spring.profiles")
_MOST = 10_000
"""Keys of one file."""
_DEEPEST = 30
_ITEM = "[="
_Document = dict[str, tuple[str, str]]
"""Place -> (key as written, value); both keys differ for items of lists only."""


@dataclass(frozen=True)
class KeyChange:
    """`file` names the file, and the profile of the document in it; `key` as it is written there. `old` and `new` are
    fit to be shown: None where the key is absent, dots where it looks secret.
    """

    file: str
    key: str
    old: str | None
    new: str | None


def key_changes(files: Iterable[FileChange]) -> tuple[KeyChange, ...]:
    """Return every key that was added, removed, or has another value, in the order of the files. Spelling does not
    count: `jdbcUrl` and `jdbc-url` are one key for Spring.
    """
    found: list[KeyChange] = []
    for file in files:
        old, new = (_keys(file.name, raw) for raw in (file.old, file.new))
        for place in dict.fromkeys((*new, *old)):
            before, after = old.get(place), new.get(place)
            if before is not None and after is not None and before[1] == after[1]:
                continue
            key = (after or before or ("", ""))[0]
            found.append(
                KeyChange(
                    f"{file.name} ({place[0]})" if place[0] else file.name,
                    key,
                    shown(key, before[1]) if before is not None else None,
                    shown(key, after[1]) if after is not None else None,
                )
            )
    return tuple(found)


def _keys(name: str, raw: bytes | None) -> dict[tuple[str, str], tuple[str, str]]:
    """(profile, canonical place) -> (the key as written, its value)."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    if raw is None:
        return found
    for document in _properties(raw) if name.endswith(".properties") else _documents(raw):
        profile = next((document[key][1] for key in _PROFILES if key in document), "")
        for place, told in document.items():
            key, mark, item = place.partition(_ITEM)
            found[profile, canonical(key) + mark + item] = told
            if len(found) == _MOST:
                return found
    return found


def _properties(raw: bytes) -> Iterator[_Document]:
    return ({key: (key, value) for key, value in document.items()} for document in properties(raw))


@dataclass
class _Level:
    """An open mapping or sequence: the keys that lead to it, and the key of what comes next in it."""

    prefix: str
    sequence: bool
    count: int = 0
    key: str | None = None


def _documents(raw: bytes) -> Iterator[_Document]:
    current: _Document = {}
    levels: list[_Level] = []
    # A build may leave @placeholders@ that are no YAML: what can be read up to there is still true.
    try:
        for event in yaml.parse(decode(raw), Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                current, levels = {}, []
            elif isinstance(event, yaml.DocumentEndEvent):
                yield current
                current = {}
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                if len(levels) == _DEEPEST:
                    break
                levels.append(_Level(_opened(levels), isinstance(event, yaml.SequenceStartEvent)))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                levels.pop()
            elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent) and levels:
                _take(current, levels[-1], event.value if isinstance(event, yaml.ScalarEvent) else f"*{event.anchor}")
    except (yaml.YAMLError, ValueError):
        pass
    if current:
        yield current


def _take(document: _Document, level: _Level, text: str) -> None:
    """Take a scalar: a key, the value of one, or an item of a list, which is known by its value, not by its place."""
    if level.sequence:
        document[f"{level.prefix}{_ITEM}{text}]"] = (f"{level.prefix}[]", text)
    elif level.key is None:
        level.key = text
    else:
        key, level.key = _below(level.prefix, level.key), None
        document[key] = (key, text)


def _opened(levels: list[_Level]) -> str:
    """Return the keys that lead to the mapping or sequence that begins here."""
    if not levels:
        return ""
    level = levels[-1]
    if level.sequence:
        level.count += 1
        return f"{level.prefix}[{level.count - 1}]"
    # A mapping as a key is no configuration; it gets a name, and what follows stays readable.
    key, level.key = level.key, "?" if level.key is None else None
    return _below(level.prefix, key or "?")


def _below(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key
