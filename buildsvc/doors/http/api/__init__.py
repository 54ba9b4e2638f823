"""The HTTP API, one module a subject. `mount` puts all of it below `/api`, with its OpenAPI document."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi3.openapi import OpenAPI

from buildsvc.doors.http import auth
from buildsvc.doors.http.api import applications, artifacts, deployments, sessions, tokens
from buildsvc.model.access import Role

__all__ = ["mount"]


def mount(app: OpenAPI) -> None:
    """Add every route to the application."""
    for part in (artifacts, deployments, applications, tokens, sessions):
        app.register_api(part.routes())

    @auth.needs(Role.VIEWER)
    def openapi() -> Response:
        return jsonify(app.api_doc)

    app.add_url_rule("/api/openapi.json", "openapi", openapi)
