"""The departure record: what was rehearsed, on what, and whether anything is missing; as text, HTML or JSON."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from buildpacks.sentences import catalogue
from buildpacks.sentences.spelling import size as spelled
from buildsvc.doors.rehearsal.ordered import RehearsedStep
from buildsvc.doors.sheet_page import SheetSection, as_html, as_text


@dataclass(frozen=True)
class RehearsedFile:
    """A file that was rehearsed: what it carries, its size in bytes, its SHA-256."""

    name: str
    title: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path, title: str) -> RehearsedFile:
        """Read the file to its end."""
        with path.open("rb") as stream:
            return cls(path.name, title, path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


@dataclass(frozen=True)
class Departure:
    """One rehearsal. `machine` is what the kernel says of itself."""

    files: tuple[RehearsedFile, ...]
    buildsvc: str
    machine: str
    began: datetime
    steps: tuple[RehearsedStep, ...]

    @property
    def fault(self) -> RehearsedStep | None:
        """The step that did not end well, or did not end; None when nothing is missing."""
        if not self.steps:
            return RehearsedStep("rehearsal.step.engine", fault="-")
        return next((step for step in self.steps if step.fault or step.seconds is None), None)


def this_machine() -> str:
    """Name the system, its release and its architecture."""
    found = os.uname()
    return f"{found.sysname} {found.release} {found.machine}"


def text(departure: Departure, language: str = catalogue.DEFAULT) -> str:
    """Columns of text below headings."""
    return as_text(_title(departure, language), _sections(departure, language))


def html(departure: Departure, language: str = catalogue.DEFAULT) -> str:
    """One HTML document that needs nothing else."""
    return as_html(_title(departure, language), _sections(departure, language), language)


def told_step(step: RehearsedStep, language: str) -> str:
    """Name a step as people read it."""
    return catalogue.tell(step.key, {"title": step.title}, language).message


def verdict(departure: Departure, language: str) -> str:
    """One sentence: nothing is missing, or where it ended and why."""
    fault = departure.fault
    if fault is None:
        return catalogue.tell("rehearsal.holds", {"title": departure.files[-1].title}, language).message
    values = {"step": told_step(fault, language), "fault": fault.fault or "-"}
    return catalogue.tell("rehearsal.fails", values, language).message


def _titles(departure: Departure) -> str:
    return ", ".join(file.title for file in departure.files)


def _title(departure: Departure, language: str) -> str:
    return catalogue.tell("rehearsal.title", {"titles": _titles(departure)}, language).message


def _sections(departure: Departure, language: str) -> Iterator[SheetSection]:
    def label(key: str) -> str:
        return catalogue.tell(key, {}, language).message

    hint = departure.fault.hint if departure.fault else ""
    yield SheetSection(label("rehearsal.verdict"), tuple((one,) for one in (verdict(departure, language), hint) if one))
    yield SheetSection(label("rehearsal.files"), tuple(row for file in departure.files for row in _rows(file)))
    yield SheetSection(
        label("rehearsal.where"),
        (
            (label("rehearsal.began"), f"{departure.began:%Y-%m-%d %H:%M} UTC"),
            (label("rehearsal.machine"), departure.machine),
            ("buildsvc", departure.buildsvc),
            (label("rehearsal.network"), label("rehearsal.no-network")),
        ),
    )
    yield SheetSection(
        label("rehearsal.steps"), tuple(row for step in departure.steps for row in _step(step, language))
    )


def _rows(file: RehearsedFile) -> tuple[tuple[str, ...], ...]:
    return ((file.title, f"{file.name}, {spelled(file.size)}"), ("SHA-256", file.sha256))


def _step(step: RehearsedStep, language: str) -> Iterator[tuple[str, ...]]:
    took = "-" if step.seconds is None else f"{step.seconds:.1f} s"
    yield (told_step(step, language), took)
    for one in (*step.seen, *((step.fault,) if step.fault else ())):
        yield ("", one)
