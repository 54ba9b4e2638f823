"""The page: one template with its script and style. It speaks only `/api`, like any other client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, render_template

__all__ = ["pages"]


def pages(is_open: Callable[[Callable[[], Any]], Callable[[], Any]]) -> Blueprint:
    """Make the blueprint. `is_open` marks a view that answers before anybody has signed in."""
    here = Path(__file__).parent
    blueprint = Blueprint(
        "webui",
        __name__,
        template_folder=str(here / "templates"),
        static_folder=str(here / "static"),
        static_url_path="/static",
    )

    def index() -> Response:
        response = make_response(render_template("index.html"))
        response.headers["Cache-Control"] = "no-cache"
        return response

    blueprint.add_url_rule("/", "index", is_open(index))
    return blueprint
