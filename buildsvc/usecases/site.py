"""What the use cases are handed: a `Site` for every process, a `Workshop` only for those that may touch the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network

from buildsvc.engines.base import Engine
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.live.feed import Feed
from buildsvc.live.jobs import Jobs
from buildsvc.model.clock import Clock
from buildsvc.model.events import PASSING, Event
from buildsvc.settings import Settings
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.ledger import Ledger
from buildsvc.store.secrets import Secrets
from buildsvc.usecases.kinds import SiteBuildpacks
from buildsvc.usecases.known import KnownLibraries


@dataclass(frozen=True)
class Site:
    """One installation's records and its queue. Nothing here talks to an engine."""

    settings: Settings
    ledger: Ledger
    artifacts: Artifacts
    secrets: Secrets
    layout: Layout
    bases: BaseCache
    jobs: Jobs
    feed: Feed
    clock: Clock
    known: KnownLibraries
    buildpacks: SiteBuildpacks

    def publisher(self, deployment: str) -> Callable[[Event], None]:
        """Make the function through which a deployment's events leave: rows first, then a nudge to the readers."""

        def publish(event: Event) -> None:
            if isinstance(event, PASSING):
                self.feed.pass_on(deployment, event)
            else:
                self.ledger.append_event(deployment, event)
                self.feed.nudge(deployment)

        return publish


@dataclass(frozen=True)
class Workshop:
    """A site with its engine: what workers and the observer hold. `routes` reads the host's routes afresh,
    `memory` how many bytes it has to give away; `stopping` says that this process is to end, and work with it at its
    next step. `holder` is this process for the ledger, `name` for people.
    """

    site: Site
    engine: Engine
    routes: Callable[[], tuple[IPv4Network, ...]]
    holder: str
    alive: Callable[[str], bool]
    memory: Callable[[], int]
    stopping: Callable[[], bool] = lambda: False
    name: str = "worker"
