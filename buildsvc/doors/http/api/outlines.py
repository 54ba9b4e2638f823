"""What would become of a jar, asked before it is sent: by an outline of it."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, RootModel

from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api import artifacts, upload
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.shapes import BINARY, Name
from buildsvc.doors.http.problems import Asked
from buildsvc.model.access import Role
from buildsvc.model.foreseeing import Foreseen
from buildsvc.usecases.receive import foreseen

_BODY = {"requestBody": {"content": {"application/octet-stream": BINARY}}}


class OutlineQuery(Asked):
    filename: str = Field(min_length=1, max_length=1024, description="What the jar is called.")
    application: Name | None = Field(default=None, description="The application it is for, where that is said.")
    component: Name | None = Field(default=None, description="The component it is for, where that is said.")


class ForeseenAnswer(RootModel[Foreseen]):
    pass


def routes() -> APIBlueprint:
    """Make the route of outlines."""
    api = blueprint("outlines", "What would become of a jar, before it is sent")
    api.post(
        "/artifacts/foreseen",
        summary="Whose a jar would be, by a zip of its manifest, pom.properties and application configuration alone; "
        "nothing is kept",
        responses={200: ForeseenAnswer},
        openapi_extensions=_BODY,
    )(foresee)
    return api


@auth.needs(Role.DEVELOPER, "upload-foreseen")
def foresee(query: OutlineQuery) -> Response:
    if not parts().outlines.is_first(auth.caller().id):
        auth.was_told()
    application = artifacts.only(query.application)
    told = artifacts.asked(query.filename, application, query.component, force=False, anyway=False)
    incoming = upload.open_upload(request, query.filename, parts().metrics.uploaded.inc)
    found, question = foreseen.foresee(the_site(), next(incoming.files).stream, told)
    return answer(found if question is None else replace(found, problem=problems.document(question)))
