"""Failures as problem documents (RFC 9457): every error that leaves over HTTP looks the same and says what to do."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import logging
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.client import responses
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

from flask import Flask, Response, current_app, request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from buildpacks.errors import Failure, ToldError, no_room
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import foreign, sentence
from buildpacks.sentences.wording import Wording
from buildsvc.model.api import Problem

MINUTE = 60.0
MEDIA_TYPE = "application/problem+json"
LANGUAGE: Final = "BUILDSVC_LANGUAGE"
"""Where the application keeps the site's language."""
COOKIE: Final = "buildsvc_language"
"""What a person chose on the page: a browser sends it with links and event streams too, where no header can be set."""

_OF_STATUS = {HTTPStatus.NOT_FOUND: "not-found", HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed"}
_STATUS_OF_CODE = {"too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "disk-full": HTTPStatus.INSUFFICIENT_STORAGE}
_log = logging.getLogger(__name__)


class Asked(BaseModel):
    """The root of what a route takes from path, query or body: unknown names are errors that list the known ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def in_the_document() -> dict[str, Any]:
    """Describe a problem for the OpenAPI document."""
    return {
        "description": "A problem document (RFC 9457): `code` is stable, `hint` is the next step.",
        "content": {MEDIA_TYPE: {"schema": _schema()}},
    }


@functools.cache
def _schema() -> dict[str, Any]:
    return TypeAdapter(Problem).json_schema()


def language() -> str:
    """Give the language that the client asks for, the site's where it asks for none that is here."""
    wanted = [request.cookies.get(COOKIE, ""), *(tag for tag, quality in request.accept_languages if quality > 0)]
    found = next(filter(None, map(catalogue.chosen, wanted)), None)
    return found or str(current_app.config.get(LANGUAGE, catalogue.DEFAULT))


def title(status: int, code: str) -> str:
    """Say what a status is called, in the client's language; `code` where it has no name."""
    return catalogue.tell(f"status.{status}", {"word": responses.get(status, code)}, language()).message


def document(failure: Failure, status: int | None = None) -> Problem:
    """Say a failure as a problem document, in the client's language."""
    said = failure.told(language())
    status = failure.http_status if status is None else status
    detail, hint = (text.encode("utf-8", "backslashreplace").decode() for text in (said.message, said.hint))
    return Problem(
        title=title(status, failure.code),
        status=status,
        detail=detail,
        code=failure.code,
        hint=hint,
        variant=failure.variant,
        values=None if failure.values is None else dict(failure.values),
    )


def respond(failure: Failure, status: int) -> Response:
    """Make a failure into a response: a problem document in the client's language."""
    said = dataclasses.asdict(document(failure, status))
    response = Response(json.dumps(said, ensure_ascii=False), status=status, mimetype=MEDIA_TYPE)
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def of_failure(failure: Failure) -> Response:
    """Turn an expected failure into its problem document."""
    status = _STATUS_OF_CODE.get(failure.code, failure.http_status)
    response = respond(failure, status)
    if failure.http_status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="buildsvc"'
    retry_after = getattr(failure, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def of_validation(error: ValidationError) -> Response:
    """Turn the first faults that pydantic found into a problem document that names the fields."""
    faults = error.errors(include_url=False)
    detail = Wording("several", items=[_told(fault) for fault in faults[:5]])
    unknown = [_where(fault["loc"]) for fault in faults if fault["type"] == "extra_forbidden"]
    kind, known = _suggest(unknown[0], _names_of(error.title)) if unknown else ("described", [])
    asked = f"{request.method} {request.path}"
    return respond(Failure(f"invalid-request.{kind}", asked=asked, faults=detail, known=known), 422)


def guard(app: Flask) -> None:
    """Make every error of this application a problem document, defects included; those are logged by a number."""
    app.register_error_handler(Failure, of_failure)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(ParseException, _of_framing)
    defects = Defects(monotonic)
    app.register_error_handler(OSError, lambda error: _of_system(error, defects))
    app.register_error_handler(Exception, defects.respond)


def _told(fault: ErrorDetails) -> dict[str, Any]:
    """Return a fault as a sentence: by its type where that has words, otherwise as pydantic says it."""
    kind, bounds = fault["type"].replace("_", "-"), fault.get("ctx", {})
    known = {
        name: bounds[name]
        for name in ("expected", "gt", "ge", "lt", "le", "max_length", "min_length", "pattern")
        if name in bounds
    }
    where = _where(fault["loc"])
    if not catalogue.knows(f"field-fault.{kind}"):
        ours = bounds.get("error")
        return sentence(
            "field-fault.other", where=where, fault=ours if isinstance(ours, ToldError) else foreign(fault["msg"])
        )
    if "expected" in known:
        known["expected"] = re.findall(r"'[^']*'", str(known["expected"]))
    return sentence(f"field-fault.{kind}", where=where, **known)


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def _names_of(title: str) -> list[str]:
    found = [model for model in _all(Asked) if model.__name__ == title]
    return sorted(found[0].model_fields) if found else []


def _all(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [one for child in model.__subclasses__() for one in (child, *_all(child))]


def _suggest(unknown: str, known: list[str]) -> tuple[str, list[str]]:
    """Which hint fits, and the names in it."""
    if near := difflib.get_close_matches(unknown, known, n=1):
        return "near", near
    return ("unknown", known) if known else ("nothing", [])


def _of_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    asked = f"{request.method} {request.path}"
    said = f"status-says.{status.value}"
    what = sentence(said) if catalogue.knows(said) else error.description or status.description
    if isinstance(error, RequestEntityTooLarge):
        failure = Failure("too-large.body", asked=asked, limit=request.max_content_length)
    elif isinstance(error, ClientDisconnected):
        failure = Failure("upload-interrupted.left", asked=asked, what=what)
    elif status in _OF_STATUS:
        failure = Failure(_OF_STATUS[status], asked=asked, what=what)
    else:
        failure = Failure(f"{status.name.lower().replace('_', '-')}.http", asked=asked, what=what)
    response = respond(failure, status)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _of_framing(error: ParseException) -> Response:
    """Answer a body that is not framed as HTTP says: a chunk of no size, one that does not end."""
    asked = f"{request.method} {request.path}"
    return respond(Failure("bad-body", asked=asked, fault=type(error).__name__), 400)


def _of_system(error: OSError, defects: Defects) -> Response:
    """Answer for the system: a full disk is nobody's defect."""
    full = no_room(error)
    return defects.respond(error) if full is None else of_failure(full)


class Defects:
    """What is logged of defects, so that nobody can fill the log with one: each place once a minute with its whole
    story, and `PER_MINUTE` lines of all. `now` gives seconds that only grow. Threads may share one.
    """

    PER_MINUTE = 60

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = Lock()
        self._began = -inf
        self._places: dict[tuple[str, str, int], int] = {}

    def respond(self, error: Exception) -> Response:
        """Log it by a number, and answer with that."""
        number = secrets.token_hex(4)
        before = self._counted(_place(error))
        told = ascii(request.path[:200])
        if before == 0:
            _log.exception("defect %s in %s %s", number, request.method, told, exc_info=error)
        elif before is not None:
            _log.error("defect %s in %s %s: %s, as before", number, request.method, told, type(error).__name__)
        return respond(Failure("defect.request", asked=f"{request.method} {request.path}", number=number), 500)

    def _counted(self, place: tuple[str, str, int]) -> int | None:
        """How often it was seen in this minute before; None when enough was said."""
        with self._lock:
            if self._now() - self._began >= MINUTE:
                self._began = self._now()
                self._places.clear()
            if sum(self._places.values()) >= self.PER_MINUTE:
                return None
            seen = self._places.get(place, 0)
            self._places[place] = seen + 1
            return seen


def _place(error: Exception) -> tuple[str, str, int]:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return type(error).__name__, at.tb_frame.f_code.co_filename if at else "", at.tb_lineno if at else 0
