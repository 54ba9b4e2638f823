"""A watched folder with its intake and its ledger, which are played."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from buildpacks.archives import zips
from buildsvc.doors.folder.inbox import Inbox
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Cause, Deployment, Phase

DEPLOYMENT = Deployment(
    id="d-1",
    application="shop",
    component="order",
    cause=Cause.ARTIFACT,
    phase=Phase.QUEUED,
    artifact="a",
    release=None,
    actor="inbox",
    door="watch",
    created=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass
class Site:
    """Stands for intake and ledger; `time` is the clock."""

    root: Path
    time: float = 0.0
    deployment: Deployment = DEPLOYMENT
    failure: Exception | None = None
    received: list[tuple[str, str | None, str | None, bytes]] = field(default_factory=list)
    nothing_to_do: bool = False
    already_live: int | None = 7

    def receive(self, path: Path, name: str, application: str | None, component: str | None) -> Accepted:
        if self.failure is not None:
            raise self.failure
        self.received.append((name, application, component, path.read_bytes()))
        made = None if self.nothing_to_do else self.deployment
        return Accepted(
            application="shop", component="order", deployment=made, message="ok", already_live=self.already_live
        )

    def inbox(self) -> Inbox:
        return Inbox(
            folder=self.root / "inbox",
            spool=self.root / "spool",
            receive=self.receive,
            deployment=lambda _: self.deployment,
            check=zips.check,
            now=lambda: self.time,
        )


def scan(site: Site, inbox: Inbox, times: int = 4) -> None:
    for _ in range(times):
        site.time += 0.5
        inbox.scan()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
