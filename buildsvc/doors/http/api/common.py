"""What all routes share: the site, the answer as JSON, and how a blueprint describes its errors."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, Final, cast

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import TypeAdapter

from buildsvc.doors.http.batches import Batches
from buildsvc.doors.http.fanout import Fanout
from buildsvc.doors.http.metrics import Metrics
from buildsvc.doors.http.open_sign_ins import OpenSignIns
from buildsvc.doors.http.problems import in_the_document, language
from buildsvc.doors.http.throttle import Throttle
from buildsvc.doors.retold import Retold, retold
from buildsvc.live.directories import Directory
from buildsvc.live.identity_providers import IdentityProvider
from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.site import Site

EXTENSION: Final = "buildsvc"


@dataclass(frozen=True)
class Parts:
    """What one web application holds besides its routes."""

    site: Site
    metrics: Metrics
    throttle: Throttle
    streams: Fanout
    passwords: Passwords
    sign_ins: OpenSignIns
    directory: Directory | None = None
    provider: IdentityProvider | None = None
    outlines: Batches = field(default_factory=Batches)


def parts() -> Parts:
    """Give what the application that answers now was made with."""
    return cast("Parts", current_app.extensions[EXTENSION])


def the_site() -> Site:
    """Give the site that this application serves."""
    return parts().site


def for_caller(value: Retold) -> Retold:
    """Tell what an answer says in the caller's language."""
    return retold(value, language())


def answer(value: Any, status: int = 200) -> Response:
    """Make a model or a dataclass into a JSON response."""
    kind: Any = type(value)
    return Response(_adapter(kind).dump_json(value), status=status, mimetype="application/json")


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return adapter


def blueprint(name: str, description: str) -> APIBlueprint:
    """Make an empty set of routes below `/api`; every one of them may answer with a problem document."""
    problem = in_the_document()
    return APIBlueprint(
        name,
        __name__,
        url_prefix="/api",
        abp_tags=[Tag(name=name, description=description)],
        abp_security=[{"token": []}, {"session": []}],
        abp_responses={"default": problem, "422": problem},
    )
