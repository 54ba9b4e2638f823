"""Tables on the terminal, aligned also where a letter is two cells wide."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence

import click

_WIDE = frozenset("WF")
_GAP = "  "


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as aligned text; its headings are bold on a terminal. Nothing is cut or wrapped."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(cells(text) for text in column) for column in zip(*lines, strict=True)]
    for number, row in enumerate(lines):
        padded = [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        click.echo(click.style(_GAP.join(padded).rstrip(), bold=True) if number == 0 else _GAP.join(padded).rstrip())
    sys.stdout.flush()


def cells(text: str) -> int:
    """How many cells of a terminal a text takes (Unicode Standard Annex 11; combining marks take none)."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in _WIDE else 1 for sign in text
    )
