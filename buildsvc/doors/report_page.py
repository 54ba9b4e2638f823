"""A report as one page that needs nothing else: plain text, or HTML without a single outside resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Protocol

from buildpacks.sentences import catalogue
from buildsvc.doors import words
from buildsvc.model.report import Report

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}
td{border-top:1px solid #ccc;padding:.25em .6em .25em 0;vertical-align:top;overflow-wrap:anywhere}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.5em}
"""


class Label(Protocol):
    """Tells a word of the report, by its key."""

    def __call__(self, key: str, **values: object) -> str: ...


@dataclass(frozen=True)
class ReportSection:
    """A heading and rows of cells below it."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


def as_text(report: Report, language: str = catalogue.DEFAULT) -> str:
    """Columns of text below headings."""
    lines = [_title(report, language), ""]
    for section in sections(report, language):
        lines.append(section.heading)
        lines += ["  " + "  ".join(cells) for cells in _aligned(section.rows)]
        lines.append("")
    return "\n".join(lines)


def as_html(report: Report, language: str = catalogue.DEFAULT) -> str:
    """One HTML document; every word of it that came from outside is escaped."""
    title = escape(_title(report, language))
    body = "".join(_table(section) for section in sections(report, language))
    head = f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>{title}</title>'
    return f"{head}<style>{_STYLE}</style><h1>{title}</h1>{body}</html>\n"


def sections(report: Report, language: str) -> Iterator[ReportSection]:
    """Give what a report says, in its order; sections without rows are left out."""

    def label(key: str, **values: object) -> str:
        return catalogue.tell(key, values, language).message

    found = (
        ("report.what", _facts(report, label("report.artifact-name"), label("report.release"))),
        ("report.who", _who(report, label)),
        ("report.digests", ((name, digest) for name, digest in report.digests)),
        ("report.traffic", _traffic(report, label)),
        ("report.steps", ((step.name, _moment(step.at), f"{step.seconds:.2f} s") for step in report.steps)),
        ("report.untouched", _untouched(report, label)),
        ("report.parts", ((one.component, str(one.phase), one.id) for one in report.parts)),
        ("report.events", ((_moment(one.at), words.tell(one.event, language)) for one in report.events)),
    )
    for heading, rows in found:
        told = tuple(tuple(row) for row in rows)
        if told:
            yield ReportSection(label(heading), told)


def _title(report: Report, language: str) -> str:
    now = report.deployment
    thing = f"{now.application} / {now.component}" if now.component else now.application
    values = {"thing": thing, "cause": str(now.cause), "phase": str(now.phase)}
    return catalogue.tell("report.title", values, language).message


def _facts(report: Report, filename: str, release: str) -> Iterator[tuple[str, ...]]:
    now = report.deployment
    yield ("id", now.id)
    if report.filename:
        yield (filename, report.filename)
    if now.release is not None:
        yield (release, str(now.release))
    if now.error_message:
        yield (now.error_code or "", now.error_message)


def _who(report: Report, label: Label) -> Iterator[tuple[str, ...]]:
    now = report.deployment
    yield (label("report.actor"), now.actor)
    yield (label("report.door"), now.door)
    for key, moment in (
        ("report.created", now.created),
        ("report.live-at", now.live_at),
        ("report.ended", now.ended),
    ):
        if moment is not None:
            yield (label(key), _moment(moment))


def _traffic(report: Report, label: Label) -> Iterator[tuple[str, ...]]:
    for one in report.traffic:
        yield (
            f"{one.since} → {one.until}",
            label("report.requests", count=one.requests),
            label("report.failed", count=one.failed),
            label("report.retried", count=one.retried),
            label("report.held", count=one.held),
        )


def _untouched(report: Report, label: Label) -> Iterator[tuple[str, ...]]:
    for one in report.untouched:
        same = {None: "report.not-looked", True: "report.same", False: "report.other"}[one.same]
        before = one.before
        yield (before.component, before.role, before.id[:12], _moment(before.started), label(same))


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[list[str]]:
    table = [list(row) for row in rows]
    wide = [max(len(row[n]) for row in table if n < len(row)) for n in range(max(map(len, table)))]
    for row in table:
        yield [cell.ljust(wide[n]) if n < len(row) - 1 else cell for n, cell in enumerate(row)]


def _table(section: ReportSection) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in section.rows)
    return f"<h2>{escape(section.heading)}</h2><table>{rows}</table>"
