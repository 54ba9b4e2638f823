"""When the disk will be full, as `buildsvc doctor` says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from buildsvc import wiring
from buildsvc.doors.cli.local.findings import Finding
from buildsvc.doors.cli.local.findings import found as finding
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
        found = forecast(site)
    finally:
        wiring.close(site)
    if found is None or found.full_in is None:
        return
    verdict: Literal["ok", "warn", "bad"] = (
        "bad" if found.full_in < FULL_SOON else "warn" if found.full_in < FULL_LATER else "ok"
    )
    key = "doctor.full-in" if verdict == "ok" else "doctor.full-soon"
    yield finding(verdict, "disk", key, days=f"{found.full_in:.0f}", grows=int(found.grows))
