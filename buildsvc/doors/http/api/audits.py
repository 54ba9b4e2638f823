"""The audit log: who did what, and whether anybody changed what is written. For admins."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import Denied
from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.doors.http.api.shapes import AuditAnswer, AuditQuery, AuditVerdictAnswer
from buildsvc.model.access import Role
from buildsvc.model.api import AuditVerdictView, AuditView
from buildsvc.store.ledger import AuditEntry
from buildsvc.usecases.people import auditing


def routes() -> APIBlueprint:
    """Make the routes of the audit log."""
    api = blueprint("audit", "Who did what, and whether the record is whole")
    api.get("/audit", summary="The audit log, newest first", responses={200: AuditAnswer})(entries)
    api.get("/audit/verdict", summary="Is it as it was written?", responses={200: AuditVerdictAnswer})(verdict)
    return api


@auth.needs(Role.ADMIN, auditor=True)
def entries(query: AuditQuery) -> Response:
    _reach()
    found = the_site().ledger.audit_entries(query.limit, query.before)
    return answer(AuditAnswer(tuple(_view(one) for one in found)))


@auth.needs(Role.ADMIN, auditor=True)
def verdict() -> Response:
    _reach()
    found = auditing.verify(the_site())
    return answer(
        AuditVerdictView(
            number=found.newest.number,
            hash=found.newest.hash,
            sealed=None if found.sealed is None else found.sealed.number,
            faults=tuple(f"{one.number}: {one.fault}" for one in found.faults),
        )
    )


def _reach() -> None:
    """Where powers are apart, whoever administers the site does not read what is written of him."""
    auth.reach_all()
    if the_site().settings.separate_powers and not auth.caller().grants.auditor:
        raise Denied("auditors-only")


def _view(one: AuditEntry) -> AuditView:
    return AuditView(one.number, one.at, one.actor, one.action, one.target, one.address, one.detail, one.hash)
