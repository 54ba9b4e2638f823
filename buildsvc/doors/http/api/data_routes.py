"""The data of components: dumps that there are, one that is made now, and one that is read in again."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import AcceptedAnswer, Name, OfApplication, OfComponent
from buildsvc.doors.http.problems import Asked
from buildsvc.model.access import Role
from buildsvc.model.version_views import DumpView
from buildsvc.usecases.save import dumping, restoring
from buildsvc.usecases.versions.views import dump_view

_DUMPS = "/applications/<application>/components/<component>/dumps"


class OfDump(OfComponent):
    dump: Name = Field(description="The dump's name, as the list has it.")


class ConfirmBody(Asked):
    """`confirm` is the component's name: its data is overwritten."""

    confirm: str = Field(max_length=128)


class DumpsAnswer(RootModel[tuple[DumpView, ...]]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of dumps."""
    api = blueprint("data", "The data of components, as their own commands write and read it")
    api.get(
        "/applications/<application>/dumps", summary="Its components' dumps, newest first", responses={200: DumpsAnswer}
    )(every)
    api.post(_DUMPS, summary="Write the component's data out now", responses={202: AcceptedAnswer})(back_up)
    api.post(
        f"{_DUMPS}/<dump>/restore",
        summary="Read a dump into the component, over what it has",
        responses={202: AcceptedAnswer},
    )(restore)
    return api


@auth.needs(Role.VIEWER)
def every(path: OfApplication) -> Response:
    found = dumping.dumps_of(the_site()).all(path.application)
    return answer(DumpsAnswer(tuple(dump_view(one) for one in found)))


@auth.needs(Role.OPERATOR, "backup")
def back_up(path: OfComponent) -> Response:
    accepted = restoring.submit_backup(
        the_site(), path.application, path.component, actor=auth.caller().name, door=auth.door()
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.ADMIN, "restore")
def restore(path: OfDump, body: ConfirmBody) -> Response:
    accepted = restoring.submit_restore(
        the_site(),
        path.application,
        path.component,
        path.dump,
        confirm=body.confirm,
        actor=auth.caller().name,
        door=auth.door(),
    )
    return answer(for_caller(accepted), 202)
