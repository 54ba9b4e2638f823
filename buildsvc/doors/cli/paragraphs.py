"""Help as text that keeps within the terminal, also where a letter is two cells wide and words have no spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from buildsvc.doors.cli.columns import cells

_CLOSING = "，。；：！？、）」』》”’…"  # noqa: RUF001 - Chinese stops
_OPENING = "（「『《“‘"  # noqa: RUF001
_AS_IT_STANDS = "\b\n"
"""Click does not wrap a paragraph that begins so."""


class Paragraphs(click.HelpFormatter):
    """Wraps by cells of the terminal; text without wide letters is wrapped by click itself."""

    def write_heading(self, heading: str) -> None:
        """Write a heading with the colon of its language."""
        if _is_wide(heading):
            self.write(f"{'':{self.current_indent}}{heading}：\n")  # noqa: RUF001
        else:
            super().write_heading(heading)

    def write_text(self, text: str) -> None:
        """Write paragraphs, each within the width."""
        super().write_text(wrapped(text, self.width - self.current_indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names and what they mean beside them, within the width."""
        listed = list(rows)
        first = min(max((len(name) for name, _ in listed), default=0), col_max) + col_spacing
        room = max(self.width - first - self.current_indent, 10)
        super().write_dl([(name, wrapped(text, room)) for name, text in listed], col_max, col_spacing)


def wrapped(text: str, width: int) -> str:
    """Break each paragraph with wide letters into lines of at most `width` cells; no line begins with a stop."""
    if not _is_wide(text):
        return text
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    return "\n\n".join(
        one if one.startswith(_AS_IT_STANDS) else _AS_IT_STANDS + "\n".join(_lines(one.replace("\n", ""), width))
        for one in paragraphs
    )


def _lines(paragraph: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _pieces(paragraph):
        if line.strip() and cells(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Take text apart where a line may end: at spaces, and between wide letters that no stop holds together."""
    piece = ""
    for letter in text:
        if piece and not _held(piece[-1], letter):
            yield piece
            piece = ""
        piece += letter
    yield piece


def _held(before: str, after: str) -> bool:
    if after in _CLOSING or before in _OPENING:
        return True
    return not (before.isspace() or after.isspace() or _is_wide(before + after))


def _is_wide(text: str) -> bool:
    return cells(text) > len(text)
