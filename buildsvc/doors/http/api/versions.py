"""Versions of whole applications: make, look, compare, export, and bring an application to one."""

from __future__ import annotations

from dataclasses import replace

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.sentences.wording import in_language
from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import (
    AcceptedAnswer,
    CauseQuery,
    ChangeBody,
    Changes,
    ExportBody,
    OfApplication,
    OfVersion,
    OutlookAnswer,
    ToQuery,
    VersionAnswer,
    VersionBody,
    VersionsAnswer,
    VersionsQuery,
)
from buildsvc.doors.http.problems import language
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause
from buildsvc.model.version_views import ChangeView
from buildsvc.usecases.versions import ask, create, export, views

_VERSION = "/applications/<application>/versions/<version>"


def routes() -> APIBlueprint:
    """Make the routes of versions."""
    api = blueprint("versions", "Versions of whole applications")
    api.get("/versions", summary="All versions, newest first", responses={200: VersionsAnswer})(every)
    api.post(
        "/applications/<application>/versions",
        summary="Make a version of what runs now",
        responses={202: AcceptedAnswer},
    )(make)
    api.get(_VERSION, summary="One version, by its name or number", responses={200: VersionAnswer})(one)
    api.get(
        f"{_VERSION}/difference",
        summary="What changes from it to another version, or to what is `live`",
        responses={200: Changes},
    )(difference)
    api.post(f"{_VERSION}/export", summary="Make it ready to travel, as a bundle", responses={202: AcceptedAnswer})(
        make_bundle
    )
    api.post(
        f"{_VERSION}/outlook",
        summary="What installing, upgrading or rolling back to it would do; changes nothing",
        responses={200: OutlookAnswer},
    )(look_ahead)
    api.post(
        f"{_VERSION}/bring", summary="Install it, upgrade or roll back to it, as one", responses={202: AcceptedAnswer}
    )(bring)
    return api


@auth.needs(Role.VIEWER)
def every(query: VersionsQuery) -> Response:
    found = the_site().ledger.versions(query.application)
    pruned = the_site().ledger.pruned_versions()
    mine = (views.version_view(one, pruned=one.id in pruned) for one in found if auth.sees(one.application))
    return answer(VersionsAnswer(tuple(mine)))


@auth.needs(Role.OPERATOR, "version")
def make(path: OfApplication, body: VersionBody) -> Response:
    accepted = create.submit(
        the_site(), path.application, name=body.name, note=body.note, actor=auth.caller().name, door=auth.door()
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.VIEWER)
def one(path: OfVersion) -> Response:
    ledger = the_site().ledger
    found = ledger.version(path.application, path.version)
    return answer(views.version_view(found, pruned=found.id in ledger.pruned_versions()))


@auth.needs(Role.VIEWER)
def difference(path: OfVersion, query: ToQuery) -> Response:
    return answer(Changes(_told(views.difference(the_site(), path.application, path.version, query.to))))


@auth.needs(Role.OPERATOR, "export")
def make_bundle(path: OfVersion, body: ExportBody) -> Response:
    accepted = export.submit(
        the_site(),
        path.application,
        path.version,
        platforms=body.platforms,
        have=body.have,
        actor=auth.caller().name,
        door=auth.door(),
    )
    return answer(for_caller(accepted), 202)


@auth.needs(Role.OPERATOR, "outlook")
def look_ahead(path: OfVersion, query: CauseQuery, body: ChangeBody) -> Response:
    found = views.outlook_view(ask.outlook(the_site(), _asked(path, query, body)))
    return answer(replace(found, changes=_told(found.changes)))


@auth.needs(Role.OPERATOR, "bring")
def bring(path: OfVersion, query: CauseQuery, body: ChangeBody) -> Response:
    return answer(for_caller(ask.submit(the_site(), _asked(path, query, body))), 202)


def _asked(path: OfVersion, query: CauseQuery, body: ChangeBody) -> ask.Change:
    name = body.name or path.application
    auth.reach(name)
    return ask.Change(
        application=path.application,
        version=path.version,
        name=name,
        cause=Cause(query.cause),
        actor=auth.caller().name,
        door=auth.door(),
        secrets=body.secrets,
        answers=body.answers,
        values=body.values,
        without_backup=body.without_backup,
        restored=body.restored,
    )


def _told(changes: tuple[ChangeView, ...]) -> tuple[ChangeView, ...]:
    """Tell what differs in the client's language."""
    said = language()
    return tuple(replace(one, details=tuple(in_language(text, said) for text in one.details)) for one in changes)
