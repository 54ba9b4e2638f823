"""What is found on looking at this server, as it is told and as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from buildpacks.errors import Failure
from buildpacks.sentences import catalogue
from buildpacks.sentences.wording import Wording, again

FindingVerdict = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it; both know their sentences."""

    verdict: FindingVerdict
    subject: str
    text: str
    remedy: str = ""


def found(verdict: FindingVerdict, subject: str, key: str, /, **values: Any) -> Finding:
    """Find something in a sentence of the catalogue, whose hint says what to do."""
    text = Wording(key, **values)
    return Finding(verdict, subject, text, Wording("hint-of", said=text) if text.hint else "")


def of_failure(subject: str, failure: Failure) -> Finding:
    """Make a failure something bad that was found."""
    said = failure.as_value()
    return Finding("bad", subject, again(said), Wording("hint-of", said=said) if failure.hint else "")


def subject_of(looked_at: str) -> str:
    """Return what was looked at, as the catalogue calls it; as it is where it has no name there."""
    name = looked_at.replace(" ", "-")
    return Wording(f"doctor-subject.{name}") if catalogue.knows(f"doctor-subject.{name}") else looked_at
