"""Tables on the terminal, aligned also where a letter is two cells wide."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence

import click

from buildsvc.doors.cli.screen import in_words

_WIDE = frozenset("WF")
_GAP = "  "


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as aligned text; its headings, given in English, are told in the user's language and bold on a
    terminal. Nothing is cut or wrapped.
    """
    lines = [tuple(_heading(one) for one in headings), *(tuple(row) for row in rows)]
    widths = [max(cells(text) for text in column) for column in zip(*lines, strict=True)]
    for number, row in enumerate(lines):
        padded = [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        click.echo(click.style(_GAP.join(padded).rstrip(), bold=True) if number == 0 else _GAP.join(padded).rstrip())
    sys.stdout.flush()


def _heading(text: str) -> str:
    return in_words(f"said.column-{slug(text)}", word=text) if text else ""


def slug(heading: str) -> str:
    """Return the key of a heading: `AT (UTC)` is `at-utc`."""
    return "-".join(re.findall(r"[a-z]+", heading.lower()))


def cells(text: str) -> int:
    """How many cells of a terminal a text takes (Unicode Standard Annex 11; combining marks take none)."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in _WIDE else 1 for sign in text
    )
