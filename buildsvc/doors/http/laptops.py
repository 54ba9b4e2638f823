"""Clients of one file, handed to laptops without our command line: for Python alone, and for a JDK alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Response
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from buildsvc.doors.http import auth

_FOLDER: Final = Path(__file__).parent / "handed_out"
_FILE: Final[dict[str, Any]] = {"description": "The file", "content": {"text/plain": {"schema": {"type": "string"}}}}


def mount(app: OpenAPI) -> None:
    """Add `/cli` and `/cli/Push.java`; they hold no secret, and answer anybody."""
    tags = [Tag(name="laptops", description="Clients of one file")]
    app.get("/cli", summary="A client of one file for Python 3.8 or newer", tags=tags, responses={200: _FILE})(python)
    app.get("/cli/Push.java", summary="A client of one file for a JDK", tags=tags, responses={200: _FILE})(java)


@auth.is_open
def python() -> Response:
    return _handed("push-client", "push.py")


@auth.is_open
def java() -> Response:
    return _handed("Push.java", "Push.java")


def _handed(name: str, called: str) -> Response:
    response = Response((_FOLDER / name).read_bytes(), mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{called}"'
    response.headers["Cache-Control"] = "no-cache"
    return response
