"""A title and tables below headings as one page that needs nothing else: plain text, or HTML without outside parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}
td{border-top:1px solid #ccc;padding:.25em .6em .25em 0;vertical-align:top;overflow-wrap:anywhere}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.5em}
"""


@dataclass(frozen=True)
class SheetSection:
    """A heading and rows of cells below it."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


def as_text(title: str, sections: Iterable[SheetSection]) -> str:
    """Columns of text below headings."""
    lines = [title, ""]
    for section in sections:
        lines.append(section.heading)
        lines += ["  " + "  ".join(cells) for cells in _aligned(section.rows)]
        lines.append("")
    return "\n".join(lines)


def as_html(title: str, sections: Iterable[SheetSection], language: str) -> str:
    """One HTML document; every word of it is escaped."""
    body = "".join(_table(section) for section in sections)
    head = f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>{escape(title)}</title>'
    return f"{head}<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>\n"


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[list[str]]:
    table = [list(row) for row in rows]
    wide = [max(len(row[n]) for row in table if n < len(row)) for n in range(max(map(len, table)))]
    for row in table:
        yield [cell.ljust(wide[n]) if n < len(row) - 1 else cell for n, cell in enumerate(row)]


def _table(section: SheetSection) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in section.rows)
    return f"<h2>{escape(section.heading)}</h2><table>{rows}</table>"
