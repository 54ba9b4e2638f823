"""Take a running Compose project over: look at it, say what can be adopted, adopt it."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.composed_bodies import MOST_COMPOSED, composed_body
from buildsvc.doors.http.api.shapes import AcceptedAnswer
from buildsvc.doors.http.problems import Asked
from buildsvc.model.access import Role
from buildsvc.model.name_list import split_names
from buildsvc.usecases.adopt import ask_adoption


class AdoptionQuery(Asked):
    """`plan` changes nothing. Without a body the labels alone are read."""

    project: str = Field(description="The Compose project that runs.")
    name: str = Field(default="", description="What the application is to be called; otherwise as the project.")
    file: str | None = Field(default=None, description="The Compose file's path inside the tar.")
    plan: bool = Field(default=False, description="Only tell what would be adopted, and what cannot be.")
    jars: str = Field(default="", description="Services whose jar is to be replaced from now on, with commas.")


def routes() -> APIBlueprint:
    """Make the routes of adoptions."""
    api = blueprint("adoptions", "Take over what runs under Compose")
    api.post(
        "/adoptions",
        summary="Take a running Compose project over: the body is its Compose file, or a tar of it",
        responses={202: AcceptedAnswer},
        openapi_extensions=composed_body(required=False),
    )(adopt)
    return api


@auth.needs(Role.OPERATOR, "adopt")
def adopt(query: AdoptionQuery) -> Response:
    auth.reach_all()
    request.max_content_length = MOST_COMPOSED
    name = query.name or query.project
    auth.aim(name)
    wish = ask_adoption.AdoptionWish(
        query.project,
        name,
        actor=auth.caller().name,
        door=auth.door(),
        jars=split_names(query.jars),
        only_plan=query.plan,
        any_project=auth.caller().grants.where(Role.ADMIN) is None,
    )
    stream = cast("BinaryIO", request.stream) if request.content_type else None
    accepted = ask_adoption.submit(the_site(), wish, stream, file=query.file, content_type=request.content_type or "")
    return answer(for_caller(accepted), 202)
