"""What was found when this server was looked at last: the observer looks and keeps it, the API reads it.

A request never looks itself: it would ask the engine, which only the observer and workers may.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import again
from buildsvc.doors.checkup.findings import Finding
from buildsvc.usecases.site import Site

EVERY = timedelta(minutes=10)
_FOUND, _ASKED = "checkup", "checkup-asked"


@dataclass(frozen=True)
class Checkup:
    """The findings, and when they were."""

    at: datetime
    findings: tuple[Finding, ...]


def keep(site: Site, findings: Iterable[Finding]) -> None:
    """Keep what was found just now."""
    rows = [[one.verdict, one.subject, plain(one.text), plain(one.remedy)] for one in findings]
    site.ledger.remember(_FOUND, {"at": site.clock.now().isoformat(), "findings": rows})


def last(site: Site) -> Checkup | None:
    """Return what was found last; None before the first time."""
    told = site.ledger.recall(_FOUND)
    if told is None:
        return None
    rows = tuple(
        Finding(verdict, subject, again(text), again(remedy)) for verdict, subject, text, remedy in told["findings"]
    )
    return Checkup(datetime.fromisoformat(told["at"]), rows)


def ask(site: Site) -> None:
    """Ask the observer to look anew."""
    site.ledger.remember(_ASKED, site.clock.now().isoformat())


def is_asked(site: Site) -> bool:
    """Whether somebody asked after it was looked at last."""
    asked, former = site.ledger.recall(_ASKED), last(site)
    return asked is not None and (former is None or former.at <= datetime.fromisoformat(asked))


def is_due(site: Site) -> bool:
    """Whether it is time to look."""
    former = last(site)
    return former is None or site.clock.now() - former.at >= EVERY or is_asked(site)
