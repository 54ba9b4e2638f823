"""JSON into the plain dataclasses of the model, checked, and back; the standard library only, because pydantic takes
longer to load than a laptop's command takes to run.

Names that a newer service sends and this version does not know are left out; what is missing or of another type is a
fault.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class NotDecoded(ValueError):
    """What the JSON says is not what was expected; names the place."""


def read_json(shape: type[T], text: str | bytes) -> T:
    """Make a `shape` of JSON text. Raises NotDecoded."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise NotDecoded(f"no JSON: {error}") from error
    value: T = decode(shape, raw)
    return value


def decode(shape: Any, raw: Any, at: str = "$") -> Any:
    """Make a `shape` of parsed JSON: a dataclass, a list or tuple, a union, a literal, a date, or a plain value.
    Raises NotDecoded.
    """
    origin, given = get_origin(shape), get_args(shape)
    if origin in {Union, types.UnionType}:
        return _one_of(given, raw, at)
    if origin in {list, tuple}:
        _require(isinstance(raw, list), "a list", at)
        return origin(decode(given[0], item, f"{at}[{n}]") for n, item in enumerate(raw))
    if origin in {dict, Mapping} or shape in {dict, Mapping}:
        _require(isinstance(raw, dict), "an object", at)
        return raw
    if origin is Literal:
        _require(raw in given, f"one of {given}", at)
        return raw
    if dataclasses.is_dataclass(shape):
        return _dataclass(shape, raw, at)
    return _plain(shape, raw, at)


def _dataclass(shape: Any, raw: Any, at: str) -> Any:
    _require(isinstance(raw, dict), "an object", at)
    hints = _hints(shape)
    values = {}
    for field in dataclasses.fields(shape):
        if field.name in raw:
            values[field.name] = decode(hints[field.name], raw[field.name], f"{at}.{field.name}")
        else:
            has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            _require(has_default, f"something called {field.name}", at)
    return shape(**values)


@functools.cache
def _hints(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape)


def _one_of(shapes: tuple[Any, ...], raw: Any, at: str) -> Any:
    """Choose the shape that fits; among dataclasses with a `kind` the one whose kind is named."""
    if raw is None and type(None) in shapes:
        return None
    if isinstance(raw, dict) and "kind" in raw:
        named = [shape for shape in shapes if getattr(shape, "kind", None) == raw["kind"]]
        shapes = tuple(named) or shapes
    for shape in shapes:
        try:
            return decode(shape, raw, at)
        except NotDecoded as fault:
            if len(shapes) == 1:
                raise
            last = fault
    raise last


def _plain(shape: Any, raw: Any, at: str) -> Any:
    if shape is Any or shape is object:
        return raw
    if shape is float:
        _require(isinstance(raw, int | float) and not isinstance(raw, bool), "a number", at)
        return float(raw)
    if shape in {int, str, bool}:
        _require(type(raw) is shape, f"a value of type {shape.__name__}", at)
        return raw
    if shape is type(None):
        _require(raw is None, "null", at)
        return None
    try:
        return datetime.fromisoformat(raw) if shape is datetime else shape(raw)
    except (ValueError, TypeError) as error:
        raise NotDecoded(f"{at}: {error}") from error


def _require(holds: bool, what: str, at: str) -> None:
    if not holds:
        raise NotDecoded(f"{at}: expected {what}")


def spell(value: Any, indent: int | None = None) -> str:
    """JSON of a dataclass, or of plain values, lists and dictionaries that hold some. Dates are ISO 8601 with `Z`."""
    compact = (",", ":") if indent is None else None
    return json.dumps(value, default=_spelled, ensure_ascii=False, indent=indent, separators=compact)


def _spelled(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
