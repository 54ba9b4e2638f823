"""How the site itself stands, as the API answers with it; every sentence in the caller's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FindingView:
    """One thing that was looked at. `verdict` is ok, warn or bad; `remedy` says what to do, and `button` which button
    does it: `prune`, or empty.
    """

    verdict: str
    subject: str
    text: str
    remedy: str
    button: str


@dataclass(frozen=True)
class CheckupView:
    """What was found when the server was looked at; `at` is None before the first time. `waits`: it was asked for anew,
    and is not there yet.
    """

    at: datetime | None
    waits: bool
    findings: tuple[FindingView, ...]


@dataclass(frozen=True)
class EngineView:
    """An engine, whether it answered when it was looked at last (None: it was not yet), and what it says of itself, as
    (name, value).
    """

    name: str
    answers: bool | None
    at: datetime | None
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BaseView:
    """A base image of the cache. `unpacked_size` in bytes; `built_on`: a recorded release or version needs it."""

    name: str
    kind: str
    java: int | None
    java_version: str
    release: str | None
    platform: str
    unpacked_size: int
    glibc: str
    manifest: str
    config: str
    source: str
    built_on: bool


@dataclass(frozen=True)
class BaseRemoved:
    """`freed` in bytes."""

    removed: str
    freed: int


@dataclass(frozen=True)
class BuildpackView:
    """A buildpack, in the order in which they are asked; `file` is None for a built-in one. `fault` says why a file of
    the site's is none, and `hint` what to do.
    """

    name: str | None
    file: str | None
    in_front_of: tuple[str, ...]
    recognises: str
    fault: str
    hint: str


@dataclass(frozen=True)
class SettingView:
    """A setting: what it is for, its value as text, and where that comes from. `waits`: it was changed since this
    service began, and holds from its next start on.
    """

    name: str
    meaning: str
    value: str
    place: str
    waits: bool


@dataclass(frozen=True)
class SettingsView:
    """All settings; `fault` says why what is written now would not be taken, and `hint` what to do."""

    settings: tuple[SettingView, ...]
    fault: str
    hint: str


@dataclass(frozen=True)
class InboxFileView:
    """A file in the watched folder, by its path below it. `state` is waiting, deploying, deployed or failed; the reason
    and the hint as its answer says them.
    """

    path: str
    state: str
    at: datetime
    deployment: str
    reason: str
    hint: str


@dataclass(frozen=True)
class InboxView:
    """The watched folder: whether it can be used, its subfolders (`APP`, `APP/COMPONENT`), and what lies there, the
    newest first, at most 200 of `count`.
    """

    folder: str
    usable: bool
    subfolders: tuple[str, ...]
    count: int
    files: tuple[InboxFileView, ...]


@dataclass(frozen=True)
class FilledView:
    """What takes room on the site's disk: `what` is a kind (bases, artifacts, images …), in bytes and files."""

    what: str
    size: int
    files: int


@dataclass(frozen=True)
class ApplicationRoomView:
    """The bytes of what an application's kept releases reach, without base images; shared ones count in each."""

    application: str
    releases: int
    size: int


@dataclass(frozen=True)
class HoldingsView:
    """What fills the site's disk, the largest first; `elsewhere` is what is not below the data directory."""

    filled: tuple[FilledView, ...]
    applications: tuple[ApplicationRoomView, ...]
    elsewhere: int
