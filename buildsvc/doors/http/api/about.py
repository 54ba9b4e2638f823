"""The API about itself: which version answers here, and its OpenAPI document."""

from __future__ import annotations

from importlib.metadata import version

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint
from buildsvc.doors.http.api.shapes import AboutAnswer
from buildsvc.model.access import Role

DOCUMENT = "/api/openapi.json"
_JSON = {"description": "An OpenAPI 3 document", "content": {"application/json": {"schema": {"type": "object"}}}}


def installed_version() -> str:
    """Say which version of buildsvc runs here, as `buildsvc --version` does."""
    return version("buildsvc")


def routes(app: OpenAPI) -> APIBlueprint:
    """Make the routes about the API that `app` serves."""
    api = blueprint("about", "What answers here")

    @auth.needs(Role.VIEWER)
    def show() -> Response:
        return answer(AboutAnswer(version=app.info.version, document=DOCUMENT))

    @auth.needs(Role.VIEWER)
    def document() -> Response:
        return jsonify(app.api_doc)

    api.get("", summary="The version of the service, and where its document is", responses={200: AboutAnswer})(show)
    api.get("/openapi.json", summary="This API as an OpenAPI document", responses={200: _JSON})(document)
    return api
