"""How a difference between two versions is printed, for both halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from buildpacks.sentences.wording import in_language
from buildsvc.doors.cli.screen import in_words, line
from buildsvc.settings.spoken import read_language


class ToldChange(Protocol):
    """One component of a difference, as a bundle or the service tells it."""

    @property
    def component(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def details(self) -> tuple[str, ...]: ...


def tell_changes(changes: Sequence[ToldChange], nothing: str) -> None:
    """Print a difference, a component a line; `nothing` where there is none."""
    for one in changes:
        details = f": {', '.join(in_language(text, read_language()) for text in one.details)}" if one.details else ""
        line(f"  {in_words(f'said.change-{one.what}'):<9} {one.component}{details}")
    if not changes:
        line(nothing)
