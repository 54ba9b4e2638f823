"""Push: one jar comes in and a deployment comes out."""

from __future__ import annotations

from itertools import chain

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import Refused
from buildsvc.doors.http import auth
from buildsvc.doors.http.api import upload
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, parts, the_site
from buildsvc.doors.http.api.shapes import BINARY, AcceptedAnswer, UploadQuery
from buildsvc.doors.memory import give_back_memory
from buildsvc.model.access import Role
from buildsvc.usecases.receive import intake

_ROLES: dict[str, intake.UploadRole] = {upload.FILE_FIELD: "artifact", upload.LIBRARIES_FIELD: "libraries"}
FRAMING = 1024 * 1024
"""What a multipart body may have around its file, in bytes."""
_LIBRARIES = (
    "A zip or tar.gz of libraries that the Class-Path of a thin jar names. Without an artifact they replace those of "
    "the component's last one, or are kept for its next."
)
_BODY = {
    "requestBody": {
        "required": False,
        "content": {
            "application/octet-stream": BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "anyOf": [{"required": [field]} for field in upload.FILE_FIELDS],
                    "properties": {
                        "application": {"type": "string"},
                        "component": {"type": "string"},
                        upload.FILE_FIELD: {"type": "string", "format": "binary"},
                        upload.LIBRARIES_FIELD: {
                            "type": "string",
                            "format": "binary",
                            "description": _LIBRARIES,
                        },
                    },
                }
            },
        },
    }
}


def routes() -> APIBlueprint:
    """Make the routes of artifacts."""
    api = blueprint("artifacts", "Upload a jar and deploy it")
    api.post(
        "/artifacts",
        summary="Upload a jar: the file as the body with ?filename=, or as the form field `artifact`; "
        "the libraries of a thin jar as `libraries`",
        responses={200: AcceptedAnswer, 202: AcceptedAnswer},
        openapi_extensions=_BODY,
    )(push)
    return api


@auth.needs(Role.DEVELOPER, "push")
def push(query: UploadQuery) -> Response:
    if query.held is not None:
        return _answered(query.held, query)
    site = the_site()
    request.max_content_length = site.settings.max_upload + FRAMING
    incoming = upload.open_upload(request, query.filename, parts().metrics.uploaded.inc)
    application = only(query.application or incoming.fields.get("application"))
    auth.aim(application, query.component or incoming.fields.get("component"))
    first = next(incoming.files)
    told = asked(
        first.filename,
        application,
        query.component or incoming.fields.get("component") or None,
        force=query.force or upload.means_yes(incoming.fields.get("force")),
        anyway=query.anyway or upload.means_yes(incoming.fields.get("anyway")),
        accept_gap=query.accept_gap or upload.means_yes(incoming.fields.get("accept_gap")),
    )
    files = (intake.Incoming(_ROLES[one.field], one.filename, one.stream) for one in chain((first,), incoming.files))
    try:
        accepted = intake.receive_all(site, files, told)
    finally:
        give_back_memory()
    auth.aim(accepted.application, accepted.component)
    return answer(for_caller(accepted), 200 if accepted.deployment is None else 202)


def _answered(held: str, query: UploadQuery) -> Response:
    """Deploy what came before and was asked about: nothing is sent again."""
    application = only(query.application)
    auth.aim(application, query.component)
    said = {"force": query.force, "anyway": query.anyway, "accept_gap": query.accept_gap}
    told = asked("", application, query.component, **said)
    try:
        accepted = intake.receive_answer(the_site(), held, told)
    finally:
        give_back_memory()
    auth.aim(accepted.application, accepted.component)
    return answer(for_caller(accepted), 200 if accepted.deployment is None else 202)


def asked(
    filename: str,
    application: str | None,
    component: str | None,
    *,
    force: bool,
    anyway: bool,
    accept_gap: bool = False,
) -> intake.Upload:
    """Say what is said of a push, and who sends it through which door, seeing what."""
    who = auth.caller()
    return intake.Upload(
        filename,
        actor=who.name,
        door=auth.door(),
        application=application,
        component=component,
        force=force,
        anyway=anyway,
        accept_gap=accept_gap,
        reach=who.applications,
    )


def only(application: str | None) -> str | None:
    """Return the application to look in. Whoever is limited looks into no other, not even to match an unnamed jar."""
    allowed = auth.caller().grants.where(Role.DEVELOPER)
    if application:
        auth.reach(application)
        return application
    if allowed is None:
        return None
    if len(allowed) == 1:
        return allowed[0]
    raise Refused("name-the-application", token=auth.caller().name, allowed=allowed)
