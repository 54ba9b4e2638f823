"""Click's own words (`Usage:`, `Missing argument`, `Aborted!`) in every language, out of the catalogue."""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Final

from buildpacks.sentences import catalogue

EARLY: Final = frozenset({"file", "directory", "path", "Show this message and exit."})
"""What click asks for while options are made, at every start: these are never shown, and nothing is read for them."""


@contextmanager
def spoken_by_click(language: str) -> Iterator[None]:
    """Let click speak a language within the block.

    Click hands each of its sentences to gettext, which knows compiled files and the locale only; so it is gettext that
    answers otherwise meanwhile. Nothing is read before click says something.
    """
    if language == catalogue.DEFAULT:
        yield
        return
    kept = gettext.dgettext, gettext.dngettext

    def one(_domain: str, message: str) -> str:
        return _in_language(message, language)

    def one_or_many(_domain: str, single: str, many: str, count: int) -> str:
        return _in_language(single if count == 1 else many, language)

    try:
        _answer_by(one, one_or_many)
        yield
    finally:
        _answer_by(*kept)


def _in_language(message: str, language: str) -> str:
    """Return the template that is click's English one in another language; what is not click's stays as it is."""
    return message if message in EARLY else _templates(language).get(message, message)


def _answer_by(one: object, one_or_many: object) -> None:
    vars(gettext).update(dgettext=one, dngettext=one_or_many)


@cache
def _templates(language: str) -> Mapping[str, str]:
    """Lay click's English templates and those of a language side by side."""
    return {
        catalogue.tell(key, {}).message: catalogue.tell(key, {}, language).message
        for key in catalogue.alone("click", catalogue.DEFAULT)
    }
