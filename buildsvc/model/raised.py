"""Warnings by the catalogue's codes, and failures, as events: with values, so that they are told in any language."""

from __future__ import annotations

from typing import Any

from buildpacks.errors import DeploymentFailed, Failure
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import plain, sentence
from buildpacks.sentences.wording import Wording
from buildsvc.model.events import Failed, Warned


def warned(key: str, /, **values: Any) -> Warned:
    """Warn with a sentence of the catalogue, by its code (and variant, behind a dot) and values."""
    code, variant = catalogue.split(key)
    told = plain(values)
    said = catalogue.tell(key, told)
    return Warned(code, said.message, said.hint, variant=variant, values=told)


def in_warning(code: str, text: str) -> Warned:
    """Warn with a text: by its own sentence where it has one, otherwise literally, by `code`."""
    return warned(text.key, **text.values) if isinstance(text, Wording) else Warned(code, text)


def failure_of(failed: Failed) -> DeploymentFailed:
    """Return a deployment's end as what is raised: by its sentence, or as it was told where that is not known here."""
    key = catalogue.joined(failed.code, failed.variant)
    if failed.values is None or not catalogue.knows(key):
        return DeploymentFailed(failed.code, failed.message, failed.hint, failed.log_tail)
    return DeploymentFailed(key, log_tail=failed.log_tail, **failed.values)


def sentence_of(said: Failed | Warned) -> dict[str, Any]:
    """Return what an event says as a sentence with its values; one without values is literal."""
    if said.values is None:
        return sentence("literal", message=said.message, hint=said.hint)
    return {"code": catalogue.joined(said.code, said.variant), "values": said.values}


def failed(failure: Failure, log_tail: tuple[str, ...] = ()) -> Failed:
    """Make a failure an event."""
    values = None if failure.values is None else dict(failure.values)
    return Failed(failure.code, failure.message, failure.hint, log_tail, variant=failure.variant, values=values)
