"""`x-buildsvc.values` at the top of a Compose file: what differs from site to site, and where it stands.

Where a value stands is found by reading the file twice: with this site's answers, and with marks in their place. So
whatever Compose allows around a variable is understood by the one reader that there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from buildpacks.errors import Refused
from buildsvc.compose.faults import Faults
from buildsvc.compose.marks import MARKS, uses_of
from buildsvc.compose.parsing import parse as parse_plainly
from buildsvc.compose.parsing import variables_of
from buildsvc.compose.source import Parsed, Source
from buildsvc.compose.spot import Spot
from buildsvc.compose.yaml_nodes import read, read_text
from buildsvc.model.site_parts import SiteValue, ValueKind
from buildsvc.model.site_values import checked

MOST = 64
"""Values that one file may declare."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS = ("kind", "default", "choices", "says")


def parse(
    source: Source, *, tmp: Path, project: str | None = None, judge: Callable[[Parsed, Faults], None] | None = None
) -> Parsed:
    """Return the application that a Compose file describes, with its site values; content tars are written into `tmp`.

    Raises Refused as `parsing.parse` does; `bad-site-value` where this site's answer is not of its kind,
    `site-value-place` where a value stands where none can.
    """
    values = declared(source)
    if not values:
        return parse_plainly(source, tmp=tmp, project=project, judge=judge)
    variables = variables_of(source)
    answers = {value.name: variables.get(value.name) or value.default for value in values}
    for value in values:
        if answers[value.name]:
            checked(value, answers[value.name])
    here = replace(source, env={**source.env, **{name: text for name, text in answers.items() if text}})
    parsed = parse_plainly(here, tmp=tmp, project=project, judge=judge)
    refused: Refused | None = None
    for marks in MARKS:
        try:
            return uses_of(parsed, values, answers, _marked(here, values, marks, tmp, project), marks)
        except Refused as error:
            refused = error
    assert refused is not None, "there are marks"
    raise _blamed(here, values, answers, tmp, project) or refused


def declared(source: Source) -> tuple[SiteValue, ...]:
    """Read the declarations of all given files, as they are written; a later file's word on a name replaces an earlier
    one's. Raises Refused with all faults of them, `bad-path` for a file outside.
    """
    found: dict[str, SiteValue] = {}
    for file in (source.shown, *source.more):
        path = source.folder / file
        if not path.resolve().is_relative_to(source.limit):
            raise Refused("bad-path", path=file)
        faults = Faults(file)
        found |= {one.name: one for one in _declared(path, file, faults)}
        faults.refuse()
    return tuple(found.values())


def _declared(path: Path, file: str, faults: Faults) -> list[SiteValue]:
    ours = Spot(read(read_text(path, file), faults, ""), "", 1, faults).get("x-buildsvc")
    if ours is None:
        return []
    ours.known(("values",))
    spot = ours.get("values")
    found = [_value(name, one) for name, one in (spot.entries() if spot is not None else {}).items()]
    if spot is not None and len(found) > MOST:
        spot.fault("bad-declaration.many", count=len(found), most=MOST)
    return found


def _value(name: str, spot: Spot) -> SiteValue:
    if not _NAME.fullmatch(name):
        spot.fault("bad-declaration.name")
    entries = spot.known(_KEYS)
    kind = entries["kind"].one_of(*get_args(ValueKind)) if "kind" in entries else "text"
    default, choices = spot.get("default"), spot.get("choices")
    value = SiteValue(
        name,
        cast("ValueKind", kind or "text"),
        (default.text() or "") if default is not None else "",
        choices.texts() if choices is not None else (),
        _sentences(spot),
    )
    if (value.kind == "choice") != bool(value.choices):
        spot.fault("bad-declaration.choices")
    if value.default and value.kind == "secret":
        spot.fault("bad-declaration.readable")
    elif value.default:
        _check_default(spot, value)
    return value


def _check_default(spot: Spot, value: SiteValue) -> None:
    try:
        checked(value, value.default)
    except Refused as refused:
        spot.fault("bad-declaration.default", why=refused)


def _sentences(spot: Spot) -> tuple[tuple[str, str], ...]:
    """Read the sentence that explains it: one for every language, or one for all."""
    says = spot.get("says")
    if says is None:
        spot.fault("bad-declaration.silent")
        return ()
    if not says.is_map:
        return (("en", says.text() or ""),)
    return tuple((language, one.text() or "") for language, one in sorted(says.known(("en", "zh")).items()))


def _marked(
    source: Source, values: tuple[SiteValue, ...], marks: Mapping[ValueKind, str], tmp: Path, project: str | None
) -> Parsed:
    env = {value.name: marks[value.kind].format(number + 100) for number, value in enumerate(values)}
    return parse_plainly(replace(source, env={**source.env, **env}), tmp=tmp, project=project)


def _blamed(
    source: Source, values: tuple[SiteValue, ...], answers: Mapping[str, str], tmp: Path, project: str | None
) -> Refused | None:
    """Return the refusal that names the one value that cannot stand where it does."""
    parsed = parse_plainly(source, tmp=tmp, project=project)
    for value in values:
        for marks in MARKS:
            try:
                uses_of(parsed, (value,), answers, _marked(source, (value,), marks, tmp, project), marks)
                break
            except Refused as refused:
                why = refused
        else:
            return Refused("site-value-place", name=value.name, kind=value.kind, why=why.message)
    return None
