"""A deployment's report as one page: which sections it has, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from buildpacks.sentences import catalogue
from buildsvc.doors import sheet_page, words
from buildsvc.doors.sheet_page import SheetSection
from buildsvc.model.report import Report


class Label(Protocol):
    """Tells a word of the report, by its key."""

    def __call__(self, key: str, **values: object) -> str: ...


def as_text(report: Report, language: str = catalogue.DEFAULT) -> str:
    """Columns of text below headings."""
    return sheet_page.as_text(_title(report, language), sections(report, language))


def as_html(report: Report, language: str = catalogue.DEFAULT) -> str:
    """One HTML document; every word of it that came from outside is escaped."""
    return sheet_page.as_html(_title(report, language), sections(report, language), language)


def sections(report: Report, language: str) -> Iterator[SheetSection]:
    """Give what a report says, in its order; sections without rows are left out."""

    def label(key: str, **values: object) -> str:
        return catalogue.tell(key, values, language).message

    found = (
        ("report.what", _facts(report, label("report.artifact-name"), label("report.release"))),
        ("report.who", _who(report, label)),
        ("report.digests", ((name, digest) for name, digest in report.digests)),
        ("report.traffic", _traffic(report, label)),
        ("report.answers", _answers(report, label)),
        ("report.steps", ((step.name, _moment(step.at), f"{step.seconds:.2f} s") for step in report.steps)),
        ("report.untouched", _untouched(report, label)),
        ("report.parts", ((one.component, str(one.phase), one.id) for one in report.parts)),
        ("report.events", ((_moment(one.at), words.tell(one.event, language)) for one in report.events)),
    )
    for heading, rows in found:
        told = tuple(tuple(row) for row in rows)
        if told:
            yield SheetSection(label(heading), told)


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


def _answers(report: Report, label: Label) -> Iterator[tuple[str, ...]]:
    moments = {"before": "report.before", "during": "report.during", "after": "report.after"}
    for one in report.answers:
        told = (("p50", one.p50), ("p95", one.p95), ("p99", one.p99))
        shown = (f"{name} ≤ {seconds * 1000:.0f} ms" if seconds else f"{name} -" for name, seconds in told)
        yield (label(moments[one.moment]), label("report.requests", count=one.answers), *shown)


def _untouched(report: Report, label: Label) -> Iterator[tuple[str, ...]]:
    for one in report.untouched:
        same = {None: "report.not-looked", True: "report.same", False: "report.other"}[one.same]
        before = one.before
        yield (before.component, before.role, before.id[:12], _moment(before.started), label(same))


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
