"""JSON into the model's dataclasses: as pydantic reads it, and with the place of what does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path, PurePath
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import TypeAdapter

from buildsvc.doors.cli.decoding import NotDecoded, decode, read_json, spell
from buildsvc.model import api, events, people_views, version_views
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Event, LogLine, Recorded
from buildsvc.model.instance import Instance
from buildsvc.model.typed_event import EVENTS
from tests.unit.test_doors_words import KINDS, sample

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
DEPLOYMENT = Deployment("d", "shop", "order", Cause.ARTIFACT, Phase.LIVE, "a", 3, "me", "cli", AT, live_at=AT)
INSTANCE = Instance("i", "n", "shop", "order", "instance", "running", "image:1", AT, "blue", 3, "d", active=True)
COMPONENT = api.ComponentView(
    "订单", "jar", "running", "image:1", 3, "order.jar", None, AT, ("80:8080",), DEPLOYMENT, (INSTANCE,)
)
VIEWS = (
    api.ApplicationView("shop", (COMPONENT, replace(COMPONENT, instances=(), deployment=None)), AT, 1.5),
    api.Accepted("shop", "order", DEPLOYMENT, "queued"),
    api.Accepted("shop", "order", None, "It is live already.", already_live=3),
    api.ReleaseView(1, live=True, served=True, artifact="a", filename="f", version=None, java=17, base="b", image="i",
                    created=AT),
    people_views.CreatedToken("secret", people_views.TokenView("ci", "developer", ("shop",), AT)),
    people_views.SessionView("me", "admin"),
    api.Problem("Not Found", 404, "It is not there.", "nothing"),
)  # fmt: skip


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: type(view).__name__)
def test_every_answer_is_read_and_written_as_the_service_does(view: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(type(view))
    written = adapter.dump_json(view)
    assert read_json(type(view), written) == view
    assert json.loads(spell(view)) == json.loads(written)
    assert adapter.validate_json(spell(view)) == view


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_read_and_written_as_the_service_does(kind: type) -> None:
    recorded = Recorded(4, AT, sample(kind))
    raw = {"number": 4, "at": AT.isoformat(), "event": json.loads(EVENTS.dump_json(recorded.event)), "text": "words"}
    assert decode(Recorded, raw) == recorded
    assert EVENTS.validate_json(spell(recorded.event)) == recorded.event


def test_what_a_newer_service_adds_is_left_out() -> None:
    assert decode(Event, {"kind": "log", "text": "a", "colour": "red"}) == LogLine("a")


@dataclass(frozen=True)
class Small:
    count: int
    share: float = 1.0
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("[]", "$: expected an object"),
        ("{}", "$: expected something called count"),
        ('{"count": "1"}', "$.count: expected a value of type int"),
        ('{"count": true}', "$.count: expected a value of type int"),
        ('{"count": 1, "share": "x"}', "$.share: expected a number"),
        ('{"count": 1, "names": ["a", 2]}', "$.names[1]: expected a value of type str"),
        ('{"count": 1', "no JSON"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(raw: str, place: str) -> None:
    with pytest.raises(NotDecoded) as caught:
        read_json(Small, raw)
    assert place in str(caught.value)


def test_an_unknown_kind_of_event_is_no_event() -> None:
    with pytest.raises(NotDecoded):
        decode(Event, {"kind": "of-tomorrow", "text": "x"})


def test_a_bad_date_and_an_unknown_phase_are_faults() -> None:
    good = json.loads(spell(DEPLOYMENT))
    for name, value in (("created", "yesterday"), ("created", 5), ("phase", "dancing")):
        with pytest.raises(NotDecoded, match=name):
            decode(Deployment, {**good, name: value})


def test_paths_and_sets_are_written() -> None:
    assert spell({"a": Path("/x"), "b": {"z", "y"}}) == '{"a":"/x","b":["y","z"]}'
    with pytest.raises(TypeError):
        spell({"a": object()})


def shapes(shape: Any, seen: set[Any]) -> Iterator[Any]:
    """A shape and all that it is made of, but for the shapes that have their own case in `decode`."""
    origin, given = get_origin(shape), get_args(shape)
    if origin in {Union, UnionType, list, tuple}:
        for one in given:
            if one is not ...:
                yield from shapes(one, seen)
    elif is_dataclass(shape):
        if shape not in seen:
            seen.add(shape)
            for one in get_type_hints(shape).values():
                yield from shapes(one, seen)
    else:
        yield origin or shape


@pytest.mark.parametrize("module", [api, version_views, people_views, events], ids=lambda one: one.__name__)
def test_whatever_stands_in_a_view_can_be_read_from_json(module: ModuleType) -> None:
    views = [one for one in vars(module).values() if isinstance(one, type) and is_dataclass(one)]
    plain = {Any, object, int, float, str, bool, type(None), datetime}
    for shape in {one for view in views for one in shapes(view, set())} - plain:
        if isinstance(shape, type) and issubclass(shape, Enum | PurePath):
            continue
        example: dict[Any, Any] = {dict: {"a": 1}, Mapping: {"a": 1}, Literal: None}
        assert shape in example, f"{module.__name__} has a {shape}: decode has no case for it"
        if example[shape] is not None:
            assert decode(shape, example[shape]) == example[shape]
