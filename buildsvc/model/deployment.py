"""A deployment: one attempt to bring a release live in a component."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where a deployment stands. `awaiting-approval` is built and waits for somebody else's word, `awaiting-window`
    waits for a maintenance window; `live` is soaking; the last four are ends.
    """

    QUEUED = "queued"
    BUILDING = "building"
    AWAITING_APPROVAL = "awaiting-approval"
    AWAITING_WINDOW = "awaiting-window"
    SWAPPING = "swapping"
    LIVE = "live"
    SETTLED = "settled"
    FAILED = "failed"
    SWITCHED_BACK = "switched-back"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {Phase.SETTLED, Phase.FAILED, Phase.SWITCHED_BACK, Phase.CANCELLED}

    @property
    def awaiting(self) -> bool:
        """True while it waits for something that no worker can do."""
        return self in {Phase.AWAITING_APPROVAL, Phase.AWAITING_WINDOW}

    @property
    def at_rest(self) -> bool:
        """True while nobody works on it and nothing has to wait for it: it waits for a person, or it soaks."""
        return self.awaiting or self is Phase.LIVE

    @property
    def serving(self) -> bool:
        """True once the new release answers requests: the moment at which `push` returns 0."""
        return self in {Phase.LIVE, Phase.SETTLED}


class Cause(StrEnum):
    """Those from `apply` to `adopt` concern the whole application: their deployment's component is empty. `stop`,
    `start` and `repair` may; those and `restart` change no release. `backup` and `restore` are of one component's data.
    """

    ARTIFACT = "artifact"
    SPEC = "spec"
    ROLLBACK = "rollback"
    APPLY = "apply"
    REMOVE = "remove"
    VERSION = "version"
    EXPORT = "export"
    IMPORT = "import"
    INSTALL = "install"
    UPGRADE = "upgrade"
    ADOPT = "adopt"
    STOP = "stop"
    START = "start"
    REPAIR = "repair"
    BACKUP = "backup"
    RESTORE = "restore"
    RESTART = "restart"


@dataclass(frozen=True)
class Deployment:
    """`release` is None until the build made one (a rollback has it from the start). `error_*` say why it failed."""

    id: str
    application: str
    component: str
    cause: Cause
    phase: Phase
    artifact: str | None
    release: int | None
    actor: str
    door: str
    created: datetime
    live_at: datetime | None = None
    ended: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_hint: str | None = None
    error_said: dict[str, Any] | None = field(default=None, hash=False)
    """Why it failed, as a sentence of the catalogue with its values; None where an older version wrote it down."""
    parent: str | None = None
    """The deployment of the whole application that this one is a part of."""
    approved_by: str | None = None
    """Who let it be switched to, where that takes somebody else's word."""
    early_by: str | None = None
    """Who let it go on outside of the maintenance windows."""


@dataclass(frozen=True)
class Step:
    """One line of a deployment's journal. `data` is JSON; `done` is False while it may have happened half."""

    sequence: int
    name: str
    data: dict[str, object]
    done: bool
    at: datetime | None = None
    """When it was begun."""
