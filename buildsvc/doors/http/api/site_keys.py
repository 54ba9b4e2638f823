"""The public key that the site's records are signed with: whoever keeps it can check them without the service."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.model.access import Role
from buildsvc.model.api import SiteKeyView
from buildsvc.store.bundle import signatures
from buildsvc.usecases.look import vouching

_NAMES = ("report.html", "report.html.sig", "site.pub")


class SiteKeyAnswer(RootModel[SiteKeyView]):
    pass


def routes() -> APIBlueprint:
    """Make the route of the site's key."""
    api = blueprint("site-key", "The key that the site's records are signed with")
    summary = "The public key that reports are signed with, and how OpenSSL checks one with it"
    api.get("/site-key", summary=summary, responses={200: SiteKeyAnswer})(site_key)
    return api


@auth.needs(Role.VIEWER)
def site_key() -> Response:
    text = vouching.public_key(the_site())
    key = signatures.public_key(text)
    age, command = key.checked_by(*_NAMES)
    return answer(SiteKeyView(text.decode("ascii"), key.kind, key.fingerprint, command, age))
