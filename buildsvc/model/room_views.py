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


@dataclass(frozen=True)
class GoingRelease:
    """A release that the rule does not keep."""

    application: str
    component: str
    number: int
    filename: str


@dataclass(frozen=True)
class GoingVersion:
    """A version that the rule does not keep."""

    application: str
    name: str


@dataclass(frozen=True)
class RetentionView:
    """How many releases of a component and versions of an application are kept, and how many days of history;
    `set_here` or as the settings say. `waits`: somebody asked for pruning, which comes within a minute. What would go
    by the rule is told with it; `going_size` in bytes, without what the engine frees.
    """

    releases: int
    versions: int
    history: int
    set_here: bool
    waits: bool
    going_releases: tuple[GoingRelease, ...]
    going_versions: tuple[GoingVersion, ...]
    going_images: int
    going_files: int
    going_size: int
