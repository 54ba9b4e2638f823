"""What a site needs around it and may run out of: room on the disk, the time of its certificate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from buildpacks.sentences.wording import Wording
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
        text = Wording("notice.disk", data=site.settings.data, free=left >> 20)
        site.tell("disk", str(site.settings.data), text, {"free": left})
    ends = certificate_ends()
    if ends is not None and ends - site.clock.now() < SOON:
        text = Wording("notice.certificate", until=f"{ends:%Y-%m-%d}")
        site.tell("certificate", "site", text, {"until": ends.isoformat()})
