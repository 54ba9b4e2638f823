"""What a version asks of every site, answered at the command line: by options, by a file, or at the terminal."""

from __future__ import annotations

from collections.abc import Iterable

import click

from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence
from buildsvc.doors.cli.screen import in_words, may_ask
from buildsvc.model.secrecy import HIDDEN
from buildsvc.model.version_views import SiteValueView
from buildsvc.settings.spoken import read_language


def values_asked(values: Iterable[SiteValueView], *, as_json: bool) -> dict[str, str]:
    """Ask for what is missing, where somebody sits at the terminal; otherwise the service refuses, naming it."""
    if not may_ask(as_json=as_json):
        return {}
    return {one.name: _prompted(one) for one in values if one.missing}


def told_value(value: SiteValueView) -> str:
    """Say a value in a line: its answer here, or that it is asked for, and what it is."""
    known = HIDDEN if value.kind == "secret" else value.answer
    answer = sentence("said.has-to-be-given") if value.missing else known
    return in_words("said.site-value", name=value.name, kind=value.kind, answer=answer, says=_sentence(value))


def _prompted(value: SiteValueView) -> str:
    kind = click.Choice(value.choices) if value.kind == "choice" else click.STRING
    said = f"{_sentence(value)} {value.name}".strip()
    answer: str = click.prompt(said, type=kind, hide_input=value.kind == "secret", err=True)
    return answer


def _sentence(value: SiteValueView) -> str:
    return value.says.get(read_language()) or value.says.get(catalogue.DEFAULT) or next(iter(value.says.values()), "")
