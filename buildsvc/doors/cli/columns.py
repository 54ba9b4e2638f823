"""Tables and trees on the terminal, by rich."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def console() -> Console:
    """Standard output, in colour where it is a terminal. Made anew, so that a redirected stream is seen."""
    return Console(highlight=False, soft_wrap=True)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: with rules and colours on a terminal, as aligned plain text in a pipe."""
    out = console()
    shown = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    if not out.is_terminal:
        out.width = max(out.width, 240)
    out.print(shown)
