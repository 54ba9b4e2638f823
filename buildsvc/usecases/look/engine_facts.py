"""What the engine says of itself, kept where those read it who never talk to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from buildpacks.errors import Failure
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import Wording, again
from buildsvc.usecases.site import Site, Workshop

_FACT = "engine-facts"


@dataclass(frozen=True)
class EngineFacts:
    """As (name, value), values as sentences where they are some; `answers`: it did."""

    at: datetime
    answers: bool
    facts: tuple[tuple[str, str], ...]


def keep_facts(workshop: Workshop) -> None:
    """Ask the engine, and keep what it says."""
    try:
        facts = workshop.engine.describe()
    except Failure as failure:
        facts = (("engine", Wording("engine-warning.mute", error=failure)),)
    answers = not any(isinstance(value, Wording) and value.key == "engine-warning.mute" for _, value in facts)
    site = workshop.site
    rows = [[name, plain(value)] for name, value in facts]
    site.ledger.remember(_FACT, {"at": site.clock.now().isoformat(), "answers": answers, "facts": rows})


def facts_of(site: Site) -> EngineFacts | None:
    """Return what it said last; None before the first time."""
    told = site.ledger.recall(_FACT)
    if told is None:
        return None
    return EngineFacts(
        datetime.fromisoformat(told["at"]),
        told["answers"],
        tuple((name, again(value)) for name, value in told["facts"]),
    )
