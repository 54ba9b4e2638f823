"""When the disk will be full, as `buildsvc doctor` says it."""

from __future__ import annotations

from collections.abc import Iterator

from buildsvc import wiring
from buildsvc.doors.checkup.findings import Finding, FindingVerdict, found
from buildsvc.settings.settings import Settings
from buildsvc.usecases.tend.forecast import forecast

FULL_SOON, FULL_LATER = 3, 30
"""Days until the disk is full: below the second a warning."""


def disk_filling(settings: Settings) -> Iterator[Finding]:
    """Say when the disk will be full; nothing where it does not fill up, or there is no day to judge by."""
    if not settings.paths.ledger.exists():
        return
    site = wiring.open_site(settings)
    try:
        coming = forecast(site)
    finally:
        wiring.close(site)
    if coming is None or coming.full_in is None:
        return
    verdict: FindingVerdict = "bad" if coming.full_in < FULL_SOON else "warn" if coming.full_in < FULL_LATER else "ok"
    key = "doctor.full-in" if verdict == "ok" else "doctor.full-soon"
    yield found(verdict, "disk", key, days=f"{coming.full_in:.0f}", grows=int(coming.grows))
