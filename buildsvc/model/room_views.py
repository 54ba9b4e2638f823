"""The room on a site's disk as the API answers with it; see `api`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RoomView:
    """Bytes below the data directory; `grows` are lost a day at the pace of the last two weeks, `full_in` is days. Both
    are None until there is a day to judge by, `full_in` also where the disk does not fill up. `pruned` is when the rule
    was last applied; the rest counts what went since the site began.
    """

    free: int
    total: int
    grows: float | None
    full_in: float | None
    pruned: datetime | None
    releases: int
    versions: int
    images: int
    blobs: int
    freed: int
