"""Uploads that send only what is not here: begun by a list of parts, sent by tus, looked up by their id."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.archives.cutting import ArtifactPart
from buildpacks.errors import Failure, NotFound
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api import artifacts
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.upload_shapes import OfUpload, UploadAnswer, UploadBody, UploadsAnswer
from buildsvc.model.access import Role
from buildsvc.model.api import Problem
from buildsvc.model.uploading import OpenUpload, UploadView
from buildsvc.usecases.receive import piecewise


def routes() -> APIBlueprint:
    """Make the routes of uploads."""
    api = blueprint("uploads", "Upload only what the service lacks, over as many connections as it takes")
    api.post(
        "/uploads",
        summary="Begin an upload by the list of its parts; the answer names those to send, by PATCH to /api/tus/ID",
        responses={201: UploadAnswer},
    )(begin)
    api.get("/uploads", summary="Those of everybody that are not ended", responses={200: UploadsAnswer})(under_way)
    api.get(
        "/uploads/<upload>",
        summary="How much of an upload is here, and what became of it; `unknown` where nothing is known of it",
        responses={200: UploadAnswer},
    )(look)
    return api


@auth.needs(Role.DEVELOPER, "upload")
def begin(body: UploadBody) -> Response:
    application = artifacts.only(body.application)
    auth.aim(application, body.component)
    wishes = {"force": body.force, "anyway": body.anyway, "accept_gap": body.accept_gap}
    told = artifacts.asked(body.filename, application, body.component, **wishes)
    parts = tuple(ArtifactPart(sha256, length) for sha256, length in body.parts)
    content = piecewise.Content(body.size, body.sha256, parts, auth.caller().applications)
    upload, missing = piecewise.begin(the_site(), told, content, owner=auth.caller().id)
    return answer(view(upload, missing), 201)


@auth.needs(Role.VIEWER)
def under_way() -> Response:
    who = auth.caller()

    def sees(application: str | None) -> bool:
        return who.applications is None if application is None else auth.sees(application)

    return answer(UploadsAnswer(piecewise.under_way(the_site(), who.id, sees)))


@auth.needs(Role.DEVELOPER)
def look(path: OfUpload) -> Response:
    try:
        found = own(path.upload)
    except NotFound:
        return answer(UploadView(path.upload, "unknown"))
    return answer(view(found))


def own(identifier: str) -> OpenUpload:
    """Find the upload, if the caller began it, or is an admin. Raises NotFound."""
    who = auth.caller()
    return piecewise.mine(the_site(), identifier, None if who.grants.where(Role.ADMIN) is None else who.id)


def view(upload: OpenUpload, missing: tuple[int, ...] = ()) -> UploadView:
    """Show an upload as its sender sees it."""
    store = piecewise.store_of(the_site())
    return UploadView(
        upload.id,
        piecewise.state(the_site(), upload),
        size=upload.expected,
        received=store.received(upload),
        missing=missing,
        expires=store.expires(upload),
        accepted=None if upload.accepted is None else for_caller(upload.accepted),
        problem=None if upload.refused is None else _spoken(upload.refused),
    )


def _spoken(kept: Problem) -> Problem:
    """Say a refusal in the caller's language."""
    title = problems.title(kept.status, kept.code)
    if kept.values is None:
        return Problem(title, kept.status, kept.detail, kept.code, kept.hint)
    key = f"{kept.code}.{kept.variant}" if kept.variant else kept.code
    said = Failure(key, **kept.values).told(problems.language())
    return Problem(title, kept.status, said.message, kept.code, said.hint, variant=kept.variant, values=kept.values)
