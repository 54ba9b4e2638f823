"""When the disk will be full, if it goes on as in the last two weeks: from what was free every six hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median

from buildpacks.sentences.wording import Wording
from buildsvc.usecases.site import Site

EVERY = timedelta(hours=6)
SPAN = timedelta(days=14)
LEAST = timedelta(days=1)
"""Less says nothing: one large push would be a trend."""
FAR = 3650.0
"""Days: beyond that it is not filling."""
SOON = 7.0
"""Days: keepers are told then."""
FACT = "disk-room"
"""What the ledger remembers: [moment, bytes free] of the last two weeks, the oldest first."""


@dataclass(frozen=True)
class DiskForecast:
    """`free` in bytes, as it was `at`; `grows` bytes are lost a day, negative where room is won. `full_in` days, None
    where it does not fill up in ten years.
    """

    at: datetime
    free: int
    grows: float
    full_in: float | None


def sample(site: Site, free: int) -> None:
    """Write down what is free, every six hours; tell the keepers where the disk is full within a week."""
    now, former = site.clock.now(), _samples(site)
    if former and now - former[-1][0] < EVERY:
        return
    kept = [(at, size) for at, size in (*former, (now, free)) if now - at <= SPAN]
    site.ledger.remember(FACT, [[at.isoformat(), size] for at, size in kept])
    found = forecast(site)
    if found is not None and found.full_in is not None and found.full_in < SOON:
        data = str(site.settings.data)
        text = Wording("notice.disk-soon", data=data, days=round(found.full_in))
        site.tell("disk", data, text, {"free": free, "full_in": found.full_in})


def forecast(site: Site) -> DiskForecast | None:
    """Return what is to be expected; None until there is a day to judge by."""
    found = _samples(site)
    if not found or found[-1][0] - found[0][0] < LEAST:
        return None
    at, free = found[-1]
    # The median of the slopes between all pairs (Theil and Sen): a file that came and went moves no trend.
    slopes = [(b[1] - a[1]) / ((b[0] - a[0]) / timedelta(days=1)) for a, b in combinations(found, 2) if b[0] > a[0]]
    grows = -median(slopes)
    full_in = free / grows if grows > 0 else None
    return DiskForecast(at, free, grows, full_in if full_in is not None and full_in < FAR else None)


def _samples(site: Site) -> list[tuple[datetime, int]]:
    return [(datetime.fromisoformat(at), size) for at, size in site.ledger.recall(FACT) or []]
