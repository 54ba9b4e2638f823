"""Site values: what differs from site to site, declared once in the Compose file (`x-buildsvc.values`).

An application knows of each value where it stands: as a piece of a text, or as a number, perhaps in another unit. So a
version travels with holes there, and every site fills them by its own answers. Pure: it fills and empties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from ipaddress import ip_address
from typing import Any

from buildpacks.errors import Refused
from buildsvc.model.application import Application
from buildsvc.model.site_parts import SiteValue, ValueUse

_HOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_HIGHEST_PORT = 65535
LONGEST = 4096
"""Characters of one answer."""


def checked(value: SiteValue, text: str) -> str:
    """Return an answer that its kind allows. Raises Refused `bad-site-value`."""
    if not text or len(text) > LONGEST or not text.isprintable():
        raise Refused("bad-site-value.text", name=value.name, most=LONGEST)
    if value.kind == "number" and not _NUMBER.fullmatch(text):
        raise Refused("bad-site-value.number", name=value.name, text=text)
    if value.kind == "port" and not (text.isdecimal() and text.isascii() and 0 < int(text) <= _HIGHEST_PORT):
        raise Refused("bad-site-value.port", name=value.name, text=text)
    if value.kind == "address" and not (_HOST.fullmatch(text) or _is_address(text)):
        raise Refused("bad-site-value.address", name=value.name, text=text)
    if value.kind == "path" and (not text.startswith("/") or ".." in text.split("/")):
        raise Refused("bad-site-value.path", name=value.name, text=text)
    if value.kind == "choice" and text not in value.choices:
        raise Refused("bad-site-value.choice", name=value.name, text=text, choices=value.choices)
    return text


def answered(application: Application, given: Mapping[str, str]) -> dict[str, str]:
    """Return the answer to each value that is not secret: the given one, the one that the application has, or its
    default. What has none is left out. Raises Refused `bad-site-value`, `unknown-site-value` for a name that is none.
    """
    known = {value.name: value for value in application.values}
    for name in given:
        if name not in known:
            if not known:
                raise Refused("unknown-site-value.none", name=name)
            raise Refused("unknown-site-value", name=name, known=sorted(known))
    before = dict(application.answers)
    found = {}
    for name, value in known.items():
        text = given.get(name) or before.get(name) or value.default
        if text and value.kind != "secret":
            found[name] = checked(value, text)
    return found


def unanswered(application: Application, answers: Mapping[str, str]) -> tuple[SiteValue, ...]:
    """Return the values without an answer that are no secrets."""
    return tuple(one for one in application.values if one.kind != "secret" and not answers.get(one.name))


def filled(application: Application, answers: Mapping[str, str]) -> Application:
    """Return the application with the answers in its holes, each as its kind wants it (see `checked`)."""
    found = application
    for use in application.uses:
        found = _with(found, use.place, _filled(use, answers))
    return replace(found, answers=tuple(sorted(answers.items())))


def emptied(application: Application) -> Application:
    """Return the application as any site would understand it: with holes, and without this site's answers."""
    found = application
    for use in application.uses:
        found = _with(found, use.place, use.text if use.factor is None else type(_at(found, use.place))(0))
    return replace(found, answers=())


def stands(application: Application) -> bool:
    """Tell whether every value stands where its declaration says, with this application's own answers."""
    try:
        return filled(application, dict(application.answers)) == application
    except (LookupError, TypeError, AttributeError, ValueError):
        return False


def secret_values(values: Iterable[SiteValue], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of secrets, by the secrets' names, that follow from what is given for the declared ones."""
    found = {}
    for value in values:
        for name, text in value.secrets:
            holes = _HOLE.findall(text)
            if holes and all(given.get(hole) for hole in holes):
                found[name] = _HOLE.sub(lambda hole: given[hole[1]], text)
    return found


def holes(text: str) -> tuple[str, ...]:
    """Return the names of the values that a text waits for."""
    return tuple(_HOLE.findall(text))


def _filled(use: ValueUse, answers: Mapping[str, str]) -> str | int | float:
    if use.factor is None:
        return _HOLE.sub(lambda hole: answers.get(hole[1], hole[0]), use.text)
    name = holes(use.text)[0]
    number = float(answers.get(name, "0"))
    return number * use.factor if isinstance(use.factor, float) else round(number * use.factor)


def step_of(item: object) -> str | None:
    """Return how a place names a member of a tuple whatever stands beside it: `@` and its name; None: by its number."""
    name = item[0] if isinstance(item, tuple) and item else getattr(item, "name", None)
    return f"@{name}" if isinstance(name, str) else None


def _index(items: tuple[Any, ...], step: str) -> int:
    return [step_of(item) for item in items].index(step) if step.startswith("@") else int(step)


def _at(node: Any, place: tuple[str, ...]) -> Any:
    for step in place:
        node = node[_index(node, step)] if isinstance(node, tuple) else getattr(node, step)
    return node


def _with(node: Any, place: tuple[str, ...], value: Any) -> Any:
    """Return the noun with another value at a place in it."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(node, tuple):
        at = _index(node, step)
        return (*node[:at], _with(node[at], rest, value), *node[at + 1 :])
    if not is_dataclass(node) or isinstance(node, type):
        raise TypeError(step)
    return replace(node, **{step: _with(getattr(node, step), rest, value)})


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
