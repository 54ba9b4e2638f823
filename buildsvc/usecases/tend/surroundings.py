"""What a site needs around it and may run out of: room on the disk, the time of its certificate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from buildsvc.usecases.site import Site

LITTLE = 2 << 30
"""Bytes: less is too little to load one image."""
SOON = timedelta(days=21)


def look(site: Site, free: Callable[[], int], certificate_ends: Callable[[], datetime | None]) -> None:
    """Tell what is about to run out. `free` says the bytes below the data directory, `certificate_ends` when what is
    served by TLS is no longer valid; None where nothing is.
    """
    left = free()
    if left < LITTLE:
        text = f"The disk of {site.settings.data} has {left >> 20} MiB free."
        site.tell("disk", str(site.settings.data), text, {"free": left})
    ends = certificate_ends()
    if ends is not None and ends - site.clock.now() < SOON:
        text = f"The certificate of this site is valid until {ends:%Y-%m-%d} only."
        site.tell("certificate", "site", text, {"until": ends.isoformat()})
