"""Answers in the reader's language: what they say is a sentence with values, and is told when it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from buildpacks.sentences import catalogue
from buildsvc.model.api import Accepted, ApplicationView, ComponentView
from buildsvc.model.deployment import Deployment

Retold = TypeVar("Retold", Deployment, Accepted, ComponentView, ApplicationView)


def retold(answer: Retold, language: str) -> Retold:
    """Tell in a language what an answer says; what an older version wrote down stays as it is."""
    changed: dict[str, Any] = {}
    if isinstance(answer, Deployment):
        if answer.error_said is not None:
            said = catalogue.told(answer.error_said, language)
            changed = {"error_message": said.message, "error_hint": said.hint}
        return replace(answer, **changed)
    if answer.deployment is not None:
        changed["deployment"] = retold(answer.deployment, language)
    if isinstance(answer, Accepted):
        sentences = (("message", answer.said), ("matched_by", answer.matched_said))
        changed |= {name: catalogue.told(one, language).message for name, one in sentences if one is not None}
    if isinstance(answer, ApplicationView):
        changed["components"] = tuple(retold(part, language) for part in answer.components)
        if answer.problem_said is not None and catalogue.knows(answer.problem_said["code"]):
            changed["problem"] = catalogue.told(answer.problem_said, language).message
    return replace(answer, **changed)
