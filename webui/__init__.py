"""The page: one document for every address of it, and the files that it is made of. It speaks only `/api`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template

from webui.files import Files

__all__ = ["PLACES", "pages"]

PLACES: Final = ("a", "d", "history", "bundles", "system", "new")
"""What an address of the page begins with; `static/page/router.js` says which view each one means."""
_STYLES: Final = ("styles/base.css", "styles/frame.css", "styles/tray.css", "styles/views.css", "styles/work.css")


def pages(is_open: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Blueprint:
    """Make the blueprint. `is_open` marks a view that answers before anybody has signed in."""
    here = Path(__file__).parent
    files = Files(here / "static")
    blueprint = Blueprint("webui", __name__, template_folder=str(here / "templates"))

    def index(rest: str = "") -> Response:  # noqa: ARG001 - the document is the same for every address
        rendered = render_template("index.html", file=files.address, styles=_STYLES, modules=files.first())
        response = make_response(rendered)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def give(name: str) -> Response:
        return files.give(name)

    shown, given = is_open(index), is_open(give)
    for rule in ("/", *(f"/{place}" for place in PLACES), *(f"/{place}/<path:rest>" for place in PLACES)):
        blueprint.add_url_rule(rule, "index", shown)
    blueprint.add_url_rule("/static/<path:name>", "static", given)
    return blueprint
