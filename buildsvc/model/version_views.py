"""Versions, bundles and what a change of a whole application would do, as they travel to clients; see `api`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class SiteValueView:
    """A value that every site answers for itself: its kind, its sentence by language, this site's answer if it has one.
    `missing`: it has yet to be answered. The answer of a secret is never shown.
    """

    name: str
    kind: str
    default: str
    choices: tuple[str, ...]
    says: Mapping[str, str]
    answer: str
    missing: bool


@dataclass(frozen=True)
class VersionView:
    """A version as lists show it. `components` are names with what they run; `secrets` what every site gives itself. A
    `pruned` one can be compared, and not be brought anywhere.
    """

    application: str
    number: int
    name: str
    note: str
    actor: str
    created: datetime
    origin: str
    platforms: tuple[str, ...]
    components: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    pruned: bool = False
    values: tuple[SiteValueView, ...] = ()


@dataclass(frozen=True)
class ChangeView:
    """One component of a difference: added, removed, replaced or changed; `details` name what differs."""

    component: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class DisagreementView:
    """A place that this site and a version both changed."""

    place: str
    site: str
    version: str


@dataclass(frozen=True)
class WritingView:
    """A component whose data a change writes out first: by `command`, "" where it says none. `needs_yes`: its image
    changes below its volumes and nothing writes that out, so somebody has to name it (`without_backup`).
    """

    component: str
    command: str
    needs_yes: bool


@dataclass(frozen=True)
class StepView:
    """A step of a component's data that cannot be undone; `version` takes it (`live`: what runs now)."""

    component: str
    step: str
    version: str


@dataclass(frozen=True)
class DumpView:
    """A file that a component's backup command wrote, while the application was at `version`; bytes, SHA-256 in hex."""

    name: str
    application: str
    component: str
    size: int
    sha256: str
    created: datetime
    version: str
    image: str
    deployment: str


@dataclass(frozen=True)
class DataView:
    """What a change means for data. `written` is written out first. Once the change has begun, going back means
    restoring for the components of `irreversible`. `ahead` are the steps that it takes and that cannot be undone,
    `behind` those that it would have to undo: each component of these has to be named (`restored`); `dumps` is what to
    restore then.
    """

    written: tuple[WritingView, ...] = ()
    irreversible: tuple[str, ...] = ()
    ahead: tuple[StepView, ...] = ()
    behind: tuple[StepView, ...] = ()
    dumps: tuple[DumpView, ...] = ()


@dataclass(frozen=True)
class OutlookView:
    """What a change of a whole application would do; `before` is the version that it is at, where it is at one."""

    version: str
    before: str | None
    changes: tuple[ChangeView, ...]
    disagreements: tuple[DisagreementView, ...]
    kept: tuple[str, ...]
    own: tuple[str, ...]
    secrets: tuple[str, ...]
    values: tuple[SiteValueView, ...] = ()
    data: DataView = field(default_factory=DataView)


@dataclass(frozen=True)
class BlobView:
    digest: str
    size: int


@dataclass(frozen=True)
class WantedView:
    """What a bundle has and the site lacks: `id` names the import, empty where it was only looked at; bytes."""

    id: str
    title: str
    platforms: tuple[str, ...]
    size: int
    missing: tuple[BlobView, ...]
    signed: str = ""
    """Who vouches for it: the name that the site gives the key, else the key's fingerprint; empty without signature."""
