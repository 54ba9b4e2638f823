"""Two readings of one file, with answers and with marks: where they differ, there a site value stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from buildpacks.errors import Refused
from buildsvc.compose.source import Parsed
from buildsvc.model.application import Application, Secret
from buildsvc.model.secrecy import holds_secret, looks_secret
from buildsvc.model.site_parts import SiteValue, ValueKind, ValueUse
from buildsvc.model.site_values import emptied, filled, holes, secret_values, step_of


def _marks(number: str, port: str) -> Mapping[ValueKind, str]:
    text = "SITEVALUE{}X"
    return {
        "text": text,
        "choice": text,
        "secret": text,
        "path": f"/{text}",
        "address": "198.18.{}.218",
        "number": number,
        "port": port,
    }


MARKS = (_marks("{}7", "61{}"), _marks("2{}", "62{}"), _marks("{}", "63{}"))
"""What stands for a value while the file is read, by its kind; the number is from 100 on. Several, because a file may
have one of these numbers itself.
"""


def uses_of(
    here: Parsed,
    values: tuple[SiteValue, ...],
    answers: Mapping[str, str],
    there: Parsed,
    marks: Mapping[ValueKind, str],
) -> Parsed:
    """Return the parsed file with its values and where they stand; `there` is the reading with marks. Raises Refused
    `site-value-place` where that cannot be said.
    """
    by_mark = {marks[value.kind].format(number + 100): value.name for number, value in enumerate(values)}
    places = tuple(
        _use(place, one, _readable(other, there), by_mark)
        for place, one, other in _differing(here.application, there.application)
    )
    secret = {value.name for value in values if value.kind == "secret"}
    for use in places:
        if named := secret.intersection(holes(use.text)):
            raise Refused("site-value-place.secret", name=min(named), place=".".join(use.place))
    texts = _secret_texts(here, there, by_mark, secret)
    known = {value.name: answers[value.name] for value in values if answers.get(value.name)}
    own = tuple(
        replace(value, secrets=tuple((name, text) for name, text in texts.items() if value.name in holes(text)))
        for value in values
    )
    plain = {name: text for name, text in known.items() if name not in secret}
    application = replace(here.application, values=own, uses=places, answers=tuple(sorted(plain.items())))
    _require_the_same(application, plain)
    made = secret_values(own, known)
    if any(here.secrets[name] != text for name, text in made.items()):
        raise Refused("site-value-place.twice")
    return replace(here, application=application)


def _require_the_same(application: Application, answers: Mapping[str, str]) -> None:
    """Raise Refused where filling the holes does not give what the file says: a mark stood in it by itself."""
    if filled(emptied(application), answers) != application:
        raise Refused("site-value-place.twice")


def _differing(one: Any, other: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if one == other:
        return
    if type(one) is type(other) and is_dataclass(one) and not isinstance(one, Secret):
        for field in fields(one):
            yield from _differing(getattr(one, field.name), getattr(other, field.name), (*place, field.name))
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        steps = [step_of(item) for item in one]
        named = None not in steps and len(set(steps)) == len(steps) and steps == [step_of(item) for item in other]
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differing(mine, theirs, (*place, (steps[number] if named else None) or str(number)))
    else:
        yield place, one, other


def _readable(marked: Any, there: Parsed) -> Any:
    """Return a secret's marked text: an answer that says yes or no is none, the mark in its place looks like one."""
    return there.secrets[marked.name] if isinstance(marked, Secret) else marked


def _use(place: tuple[str, ...], one: Any, other: Any, by_mark: Mapping[str, str]) -> ValueUse:
    if isinstance(one, str) and isinstance(other, str):
        return ValueUse(place, _template(other, by_mark))
    if isinstance(other, int | float) and isinstance(one, int | float | None) and not isinstance(other, bool):
        for mark, name in by_mark.items():
            factor = other / float(mark) if mark.isdecimal() else 0
            # Units multiply by whole numbers, or divide by a thousand: what is neither is not this value's.
            if factor >= 1 and factor == int(factor):
                return ValueUse(place, f"${{{name}}}", int(factor) if isinstance(other, int) else float(factor))
    raise Refused("site-value-place.shape", place=".".join(place))


def _template(text: str, by_mark: Mapping[str, str]) -> str:
    marks = re.compile("|".join(re.escape(mark) for mark in by_mark))
    return marks.sub(lambda found: f"${{{by_mark[found[0]]}}}", text)


def _secret_texts(here: Parsed, there: Parsed, by_mark: Mapping[str, str], secret: set[str]) -> dict[str, str]:
    """Return the secrets that are made of values alone: what else is in one stays on this site."""
    found = {}
    for name, text in there.secrets.items():
        template = _template(text, by_mark)
        if name not in here.secrets or template == here.secrets[name] or not holes(template):
            continue
        bare = template
        for one in holes(template):
            bare = bare.replace(f"${{{one}}}", "")
        key = name.rpartition("/")[2]
        whole = template == f"${{{holes(template)[0]}}}"
        if whole or (secret.intersection(holes(template)) and not looks_secret(key) and not holds_secret(bare)):
            found[name] = template
    return found
