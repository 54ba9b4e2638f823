"""The words of the page: the sentences that it says by itself, by their keys, in one language; open to anybody."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from buildpacks.sentences import catalogue
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import blueprint
from buildsvc.doors.http.problems import Asked

TOPICS: Final = frozenset({"page", "event", "word", "phase", "cause", "state", "role", "status"})
"""What the page says by itself. All else reaches it as a sentence: with a problem, an event, a deployment."""


class WordsQuery(Asked):
    language: str = Field(
        default="", max_length=64, description="A language, as `zh` or `zh-CN`; where empty, the client's own."
    )


class WordsAnswer(BaseModel):
    """Sentences with their holes, by key (`buildpacks/sentences/template.py` says what the holes mean), and the hints
    of those that have one. `languages` are all there are.
    """

    language: str
    languages: tuple[str, ...]
    sentences: dict[str, str]
    hints: dict[str, str]


@dataclass(frozen=True)
class PackedWords:
    """Words as they leave: JSON, the same compressed, and a tag that only their content decides."""

    plain: bytes
    compressed: bytes
    tag: str


def routes() -> APIBlueprint:
    """Make the route of the words."""
    api = blueprint("words", "What the page says, in each language")
    api.get(
        "/words",
        summary="The sentences of the page by their keys, in one language (English where that has none)",
        responses={200: WordsAnswer},
        security=[],
    )(show)
    return api


@auth.is_open
def show(query: WordsQuery) -> Response:
    spoken = catalogue.chosen(query.language) or (catalogue.DEFAULT if query.language else problems.language())
    packed = packed_words(spoken)
    small = request.accept_encodings.quality("gzip") > 0
    response = Response(packed.compressed if small else packed.plain, mimetype="application/json")
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{packed.tag}-gzip" if small else packed.tag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Language"] = spoken
    response.vary.update(("Accept-Language", "Accept-Encoding", "Cookie"))
    response.make_conditional(request)
    return response


@cache
def packed_words(language: str) -> PackedWords:
    """Pack the words of the page in a language, in English where that has none. Raises KeyError for an unknown one."""
    first = catalogue.sentences(catalogue.DEFAULT)
    known = {**first, **catalogue.sentences(language)}
    mine = {key: known[key] for key in first if key.partition(".")[0] in TOPICS}
    words = WordsAnswer(
        language=language,
        languages=catalogue.LANGUAGES,
        sentences={key: sentence.says for key, sentence in mine.items()},
        hints={key: sentence.hint for key, sentence in mine.items() if sentence.hint},
    )
    plain = words.model_dump_json().encode()
    return PackedWords(plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:32])
