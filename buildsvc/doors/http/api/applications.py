"""Applications and their components: install, look, go back, read the log, remove."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth, problems, stream
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, parts, the_site
from buildsvc.doors.http.api.composed_bodies import MOST_COMPOSED, composed_body
from buildsvc.doors.http.api.new_components import take_out
from buildsvc.doors.http.api.shapes import (
    EVENT_STREAM,
    STREAMED,
    AcceptedAnswer,
    ApplicationAnswer,
    ApplicationsAnswer,
    ApplyPlanAnswer,
    ApplyQuery,
    ComponentAnswer,
    LogsQuery,
    OfApplication,
    OfComponent,
    OfRelease,
    ReleasesAnswer,
    RollbackBody,
    StopBody,
)
from buildsvc.doors.memory import give_back_memory
from buildsvc.image.sbom.referrer import SBOM_TYPE as SBOM
from buildsvc.model.access import Role
from buildsvc.usecases.apply import submit
from buildsvc.usecases.aside import sbom
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.look import logs, observe
from buildsvc.usecases.stop import still

_COMPONENT = "/applications/<application>/components/<component>"


def routes() -> APIBlueprint:
    """Make the routes of applications and components."""
    api = blueprint("applications", "Look at applications and change them")
    api.get("/applications", summary="All applications", responses={200: ApplicationsAnswer})(every)
    api.put(
        "/applications",
        summary="Install or update an application: the body is a Compose file, or a tar of it",
        responses={200: ApplyPlanAnswer, 202: AcceptedAnswer},
        openapi_extensions=composed_body(),
    )(apply)
    api.get("/applications/<application>", summary="One application", responses={200: ApplicationAnswer})(one)
    api.delete("/applications/<application>", summary="Remove it; volumes stay", responses={202: AcceptedAnswer})(
        remove
    )
    api.get(_COMPONENT, summary="One component", responses={200: ComponentAnswer})(component)
    # Here, because the document of the API has a path of one subject only.
    api.delete(
        _COMPONENT,
        summary="Take a component out that was added beside the Compose file",
        responses={202: AcceptedAnswer},
    )(take_out)
    api.get(f"{_COMPONENT}/releases", summary="Its releases, newest first", responses={200: ReleasesAnswer})(releases)
    api.get(
        f"{_COMPONENT}/releases/<int:number>/sbom",
        summary="What is in it: its bill of materials, CycloneDX",
        responses={200: {"description": "A CycloneDX document", "content": {SBOM: {"schema": {"type": "object"}}}}},
    )(sbom_of)
    api.post(f"{_COMPONENT}/rollback", summary="Bring an earlier release live", responses={202: AcceptedAnswer})(
        go_back
    )
    api.post(
        f"{_COMPONENT}/undo",
        summary="Bring the release before the live one back; a switch while that runs still",
        responses={202: AcceptedAnswer},
    )(undo)
    for path, what, stop_it, start_it in (
        ("/applications/<application>", "all its components", stop_all, start_all),
        (_COMPONENT, "it", stop_one, start_one),
    ):
        api.post(f"{path}/stop", summary=f"Stop {what}; the gateways stay", responses={202: AcceptedAnswer})(stop_it)
        api.post(f"{path}/start", summary=f"Start {what} again", responses={202: AcceptedAnswer})(start_it)
    lines = {"description": "A LogLine after the other", "content": {EVENT_STREAM: STREAMED}}
    api.get(f"{_COMPONENT}/logs", summary="The log of what runs, as a stream of LogLine", responses={200: lines})(log)
    return api


@auth.needs(Role.VIEWER)
def every() -> Response:
    found = observe.application_views(the_site())
    return answer(ApplicationsAnswer(tuple(for_caller(view) for view in found if auth.sees(view.name))))


@auth.needs(Role.OPERATOR, "apply")
def apply(query: ApplyQuery) -> Response:
    auth.reach_all()
    request.max_content_length = MOST_COMPOSED
    if query.plan:
        told = submit.plan(
            the_site(),
            cast("BinaryIO", request.stream),
            file=query.file,
            content_type=request.content_type or "",
            language=problems.language(),
        )
        return answer(told)
    accepted = submit.submit(
        the_site(),
        cast("BinaryIO", request.stream),
        file=query.file,
        content_type=request.content_type or "",
        actor=auth.caller().name,
        door=auth.door(),
        remove_orphans=query.remove_orphans,
    )
    auth.aim(accepted.application)
    return answer(for_caller(accepted), 202)


@auth.needs(Role.VIEWER)
def one(path: OfApplication) -> Response:
    return answer(for_caller(observe.application_view(the_site(), path.application)))


@auth.needs(Role.ADMIN, "remove")
def remove(path: OfApplication) -> Response:
    accepted = submit.submit_removal(the_site(), path.application, actor=auth.caller().name, door=auth.door())
    return answer(for_caller(accepted), 202)


@auth.needs(Role.VIEWER)
def component(path: OfComponent) -> Response:
    return answer(for_caller(observe.component_view(the_site(), path.application, path.component)))


@auth.needs(Role.VIEWER)
def releases(path: OfComponent) -> Response:
    return answer(ReleasesAnswer(observe.release_views(the_site(), path.application, path.component)))


@auth.needs(Role.VIEWER)
def sbom_of(path: OfRelease) -> Response:
    found = sbom.bill(the_site(), path.application, path.component, path.number)
    give_back_memory()
    return Response(found, mimetype=SBOM)


@auth.needs(Role.OPERATOR, "rollback")
def go_back(path: OfComponent, body: RollbackBody) -> Response:
    auth.because(body.reason)
    accepted = rollback.submit(
        the_site(),
        path.application,
        path.component,
        to=body.to,
        actor=auth.caller().name,
        door=auth.door(),
        restored=body.restored,
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.OPERATOR, "undo")
def undo(path: OfComponent) -> Response:
    accepted = rollback.submit(
        the_site(), path.application, path.component, to=None, actor=auth.caller().name, door=auth.door()
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.OPERATOR, "stop")
def stop_all(path: OfApplication, body: StopBody) -> Response:
    return _stopped(path.application, "", body.seconds)


@auth.needs(Role.OPERATOR, "stop")
def stop_one(path: OfComponent, body: StopBody) -> Response:
    return _stopped(path.application, path.component, body.seconds)


def _stopped(application: str, component: str, seconds: float | None) -> Response:
    accepted = still.submit_stop(
        the_site(), application, component, seconds=seconds, actor=auth.caller().name, door=auth.door()
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.OPERATOR, "start")
def start_all(path: OfApplication) -> Response:
    return _started(path.application, "")


@auth.needs(Role.OPERATOR, "start")
def start_one(path: OfComponent) -> Response:
    return _started(path.application, path.component)


def _started(application: str, component: str) -> Response:
    accepted = still.submit_start(the_site(), application, component, actor=auth.caller().name, door=auth.door())
    return answer(for_caller(accepted), 202)


@auth.needs(Role.VIEWER)
def log(path: OfComponent, query: LogsQuery) -> Response:
    followed = logs.open_follow(the_site(), path.application, path.component, follow=query.follow, tail=query.tail)
    return stream.respond(parts().streams, stream.LogTelling(followed), followed.begin)
