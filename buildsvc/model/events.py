"""What happens to a deployment, in the past tense, typed. Doors turn these into words; nobody else does.

Rows in the ledger, numbered per deployment from 1 (the SSE id); `LogLine` passes through the feed and is never stored.
A reason is English; what ends in `_said` is its sentence, where there is one. Sizes in bytes, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from buildsvc.model.adoption_events import AdoptionEvent
from buildsvc.model.archive_events import ArchiveEvent
from buildsvc.model.evidence import Beside, BroughtUp, FoundDown, StoodStill
from buildsvc.model.swap_events import SwapEvent
from buildsvc.model.version_events import VersionEvent
from buildsvc.model.waiting_events import WaitingEvent


@dataclass(frozen=True)
class Received:
    artifact: str
    filename: str
    size: int
    matched_by: str
    matched_said: dict[str, Any] | None = None
    kind: Literal["received"] = "received"


@dataclass(frozen=True)
class LibrariesAdded:
    """What a push did not bring was added: `count` libraries, `jar` where it is the program, out of `filename`.
    `origin` is `given` (sent along), `kept` (of an earlier push), `former`: of the artifact last asked for.
    """

    origin: Literal["given", "kept", "former"]
    filename: str
    pushed: datetime
    release: int | None
    count: int
    jar: str = ""
    kind: Literal["libraries-added"] = "libraries-added"


@dataclass(frozen=True)
class Started:
    worker: str
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class Analysed:
    buildpack: str
    title: str
    version: str | None
    java: int
    java_reason: str
    libraries: int
    seconds: float
    kind: Literal["analysed"] = "analysed"
    reason_said: dict[str, Any] | None = None


@dataclass(frozen=True)
class LibraryDelta:
    """A library that differs; versions are None where it is absent. `files_differ` counts the files in one that has
    the same version and other content; None where nobody looked.
    """

    name: str
    old: str | None
    new: str | None
    files_differ: int | None = None


@dataclass(frozen=True)
class Compared:
    """How it differs from `release`, the live one. `libraries` and `keys` (no values) name the first few."""

    release: int
    filename: str
    classes_added: int
    classes_removed: int
    classes_changed: int
    libraries: tuple[LibraryDelta, ...]
    libraries_changed: int
    keys: tuple[str, ...]
    keys_changed: int
    others: int
    seconds: float
    kind: Literal["compared"] = "compared"


@dataclass(frozen=True)
class BaseChosen:
    base: str
    java: str
    platform: str
    reason: str
    kind: Literal["base-chosen"] = "base-chosen"
    reason_said: dict[str, Any] | None = None


@dataclass(frozen=True)
class ServerChosen:
    """What a war runs on: a layer from the cache, its release (`10.1.59`)."""

    server: str
    release: str
    reason: str
    kind: Literal["server-chosen"] = "server-chosen"
    reason_said: dict[str, Any] | None = None


@dataclass(frozen=True)
class ImageBuilt:
    reference: str
    digest: str
    layers: int
    layers_written: int
    bytes_written: int
    seconds: float
    kind: Literal["image-built"] = "image-built"


@dataclass(frozen=True)
class ImageLoaded:
    """`mode` is present (nothing to send), sparse or full."""

    mode: str
    layers_sent: int
    bytes_sent: int
    seconds: float
    kind: Literal["image-loaded"] = "image-loaded"


@dataclass(frozen=True)
class ReleaseRecorded:
    release: int
    kind: Literal["release-recorded"] = "release-recorded"


@dataclass(frozen=True)
class InstanceStarted:
    instance: str
    slot: str
    kind: Literal["instance-started"] = "instance-started"


@dataclass(frozen=True)
class HealthChosen:
    policy: str
    reason: str
    kind: Literal["health-chosen"] = "health-chosen"
    policy_said: dict[str, Any] | None = None
    reason_said: dict[str, Any] | None = None


@dataclass(frozen=True)
class Healthy:
    seconds: float
    kind: Literal["healthy"] = "healthy"


@dataclass(frozen=True)
class Switched:
    slot: str
    kind: Literal["switched"] = "switched"


@dataclass(frozen=True)
class WentLive:
    release: int
    seconds: float
    """Since the deployment was created."""
    soak: float
    kind: Literal["live"] = "live"


@dataclass(frozen=True)
class OldStopped:
    instance: str
    connections_cut: int
    kind: Literal["old-stopped"] = "old-stopped"


@dataclass(frozen=True)
class Settled:
    kind: Literal["settled"] = "settled"


@dataclass(frozen=True)
class SwitchedBack:
    reason: str
    release: int | None
    kind: Literal["switched-back"] = "switched-back"
    reason_said: dict[str, Any] | None = None


@dataclass(frozen=True)
class Warned:
    """Message and hint are English, as those of Failed; with `values` they can be said in every language."""

    code: str
    message: str
    hint: str = ""
    kind: Literal["warning"] = "warning"
    variant: str = ""
    values: dict[str, Any] | None = None


@dataclass(frozen=True)
class Recovered:
    """A worker was lost in the middle; `decision` says whether the rest was finished or undone."""

    decision: str
    kind: Literal["recovered"] = "recovered"


@dataclass(frozen=True)
class Failed:
    code: str
    message: str
    hint: str
    log_tail: tuple[str, ...] = ()
    kind: Literal["failed"] = "failed"
    variant: str = ""
    values: dict[str, Any] | None = None


@dataclass(frozen=True)
class LogLine:
    """Passing: one line that the new instance wrote."""

    text: str
    kind: Literal["log"] = "log"


Event = (
    Received
    | LibrariesAdded
    | Started
    | Analysed
    | Compared
    | BaseChosen
    | ServerChosen
    | ArchiveEvent
    | ImageBuilt
    | ImageLoaded
    | ReleaseRecorded
    | WaitingEvent
    | Beside
    | StoodStill
    | BroughtUp
    | FoundDown
    | InstanceStarted
    | HealthChosen
    | Healthy
    | Switched
    | WentLive
    | OldStopped
    | Settled
    | SwitchedBack
    | SwapEvent
    | VersionEvent
    | AdoptionEvent
    | Warned
    | Recovered
    | Failed
    | LogLine
)


@dataclass(frozen=True)
class Recorded:
    """An event as stored: its number within the deployment, and when."""

    number: int
    at: datetime
    event: Event
