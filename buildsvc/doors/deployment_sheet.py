"""The deployments of a site as a sheet for the acceptance record: CSV, or XLSX.

A cell that a spreadsheet would take for a formula is written as text: in CSV with an apostrophe before it (OWASP, "CSV
Injection"), in XLSX as the string that it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import xlsxwriter

from buildpacks.sentences import catalogue
from buildsvc.model.deployment import Deployment

COLUMNS: Final = {
    "sheet.created": 20,
    "sheet.application": 14,
    "sheet.component": 14,
    "sheet.cause": 14,
    "sheet.phase": 14,
    "sheet.release": 14,
    "sheet.artifact": 16,
    "sheet.actor": 14,
    "sheet.door": 14,
    "sheet.live": 20,
    "sheet.ended": 20,
    "sheet.seconds": 14,
    "sheet.error-code": 14,
    "sheet.error": 48,
    "sheet.deployment": 38,
}
"""The heads, by their sentences, and how wide their columns are, in characters."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(deployments: Iterable[Deployment], language: str) -> bytes:
    """Write them as CSV in UTF-8 with a byte order mark, without which spreadsheets guess another encoding."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_heads(language))
    for row in _rows(deployments):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(deployments: Iterable[Deployment], language: str) -> bytes:
    """Write them as a workbook of one sheet, with a head that stays and filters over its columns."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("deployments")
    bold = book.add_format({"bold": True})
    rows = list(_rows(deployments))
    for column, (head, width) in enumerate(zip(_heads(language), COLUMNS.values(), strict=True)):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, width)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    book.close()
    return out.getvalue()


def _heads(language: str) -> list[str]:
    return [catalogue.tell(key, {}, language).message for key in COLUMNS]


def _rows(deployments: Iterable[Deployment]) -> Iterator[list[str]]:
    for one in deployments:
        seconds = "" if one.live_at is None else f"{(one.live_at - one.created).total_seconds():.1f}"
        yield [
            _time(one.created),
            one.application,
            one.component,
            one.cause.value,
            one.phase.value,
            "" if one.release is None else str(one.release),
            (one.artifact or "")[:12],
            one.actor,
            one.door,
            _time(one.live_at),
            _time(one.ended),
            seconds,
            one.error_code or "",
            one.error_message or "",
            one.id,
        ]


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
