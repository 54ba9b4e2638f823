"""What became of one artifact, and whether that is what the list expects."""

from __future__ import annotations

from dataclasses import dataclass, field

from scripts.proof.listing import Artifact


@dataclass(frozen=True)
class Build:
    """An image of it. Sizes in bytes and layers count what lies above the base image; seconds on a warm base."""

    kind: str
    java: int
    base: int | None
    layers: int
    size: int
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """A container of it. `answers` maps a port to its last answer (status, beginning of the text); `seconds` until it
    did what was expected; `code` is None while it runs.
    """

    seconds: float
    code: int | None
    answers: dict[int, tuple[int, str]]
    local_only: tuple[int, ...] = ()
    tail: tuple[str, ...] = ()
    met: bool = False
    """Whether the expected answer came."""


@dataclass(frozen=True)
class Outcome:
    artifact: Artifact
    size: int
    build: Build | None = None
    run: Run | None = None
    refused: str = ""
    said: str = ""
    """The sentence of the refusal, or of what could not be done."""
    faults: tuple[str, ...] = field(default=())

    @property
    def well(self) -> bool:
        return not self.faults


def faults(outcome: Outcome) -> tuple[str, ...]:
    """What is not as the list says; empty where all is, and where nothing was expected."""
    wanted = outcome.artifact
    if wanted.refused or outcome.refused:
        if wanted.refused == outcome.refused or not (wanted.refused or wanted.answer or wanted.ending):
            return ()
        return (f"expected {wanted.refused or 'no refusal'}, got {outcome.refused or 'an image'}: {outcome.said}",)
    if outcome.build is None:
        return (outcome.said,)
    return (*_of_build(wanted, outcome.build), *(_of_run(wanted, outcome.run) if outcome.run else ()))


def _of_build(wanted: Artifact, build: Build) -> list[str]:
    found = []
    if wanted.kind and wanted.kind != build.kind:
        found.append(f"its kind is {build.kind}, not {wanted.kind}")
    if wanted.java and wanted.java != build.java:
        found.append(f"it needs Java {build.java}, not {wanted.java}")
    if wanted.base and wanted.base != build.base:
        found.append(f"it got Java {build.base}, not {wanted.base}")
    if wanted.warns and not any(wanted.warns in warning for warning in build.warnings):
        found.append(f"no warning has '{wanted.warns}': {' '.join(build.warnings) or 'there is none'}")
    return found


def _of_run(wanted: Artifact, run: Run) -> list[str]:
    tail = "\n    ".join(("", *run.tail[-15:]))
    if wanted.answer and not run.met:
        ended = "" if run.code is None else f", it ended with {run.code}"
        only = f", on localhost only: {run.local_only}" if run.local_only else ""
        return [f"it did not answer as expected within {run.seconds:.0f} s (answers {run.answers}{only}{ended}){tail}"]
    if wanted.ending:
        if run.code != wanted.ending.code:
            return [f"its exit code is {run.code}, not {wanted.ending.code}{tail}"]
        if not any(wanted.ending.text in line for line in run.tail):
            return [f"it did not print '{wanted.ending.text}'{tail}"]
    return []
