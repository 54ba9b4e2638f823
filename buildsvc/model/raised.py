"""Warnings by the catalogue's codes, and failures, as events: with values, so that they are told in any language."""

from __future__ import annotations

from typing import Any

from buildpacks.errors import Failure
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import plain, sentence
from buildsvc.model.events import Failed, Warned


def warned(key: str, /, **values: Any) -> Warned:
    """Warn with a sentence of the catalogue, by its code (and variant, behind a dot) and values."""
    code, variant = catalogue.split(key)
    told = plain(values)
    said = catalogue.tell(key, told)
    return Warned(code, said.message, said.hint, variant=variant, values=told)


def sentence_of(said: Failed | Warned) -> dict[str, Any]:
    """Return what an event says as a sentence with its values; one without values is literal."""
    if said.values is None:
        return sentence("literal", message=said.message, hint=said.hint)
    return {"code": catalogue.joined(said.code, said.variant), "values": said.values}


def failed(failure: Failure, log_tail: tuple[str, ...] = ()) -> Failed:
    """Make a failure an event."""
    values = None if failure.values is None else dict(failure.values)
    return Failed(failure.code, failure.message, failure.hint, log_tail, variant=failure.variant, values=values)
