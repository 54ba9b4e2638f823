"""Nouns as JSON text and back, by pydantic over the plain dataclasses; what was written is checked when it is read."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from buildsvc.model.events import Event
from buildsvc.model.typed_event import EVENTS

T = TypeVar("T")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the adapter of this type. Making one costs milliseconds, so each is made once, when it is first needed."""
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> str:
    text: str = adapter(kind).dump_json(value).decode()
    return text


def load(kind: type[T], text: str) -> T:
    hashable: Any = kind  # a class is, but the type checker does not believe it of `type[T]`
    value: T = adapter(hashable).validate_json(text)
    return value


def dump_event(event: Event) -> str:
    return EVENTS.dump_json(event).decode()


def load_event(text: str) -> Event:
    event: Event = EVENTS.validate_json(text)
    return event
