"""What the use cases are handed: a `Site` for every process, a `Workshop` only for those that may touch the engine."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

from buildpacks.analysis import Library
from buildpacks.buildpack import Buildpacks
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.own import custom
from buildsvc.engines.base import Engine
from buildsvc.image.bases import BaseCache
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.live.feed import Feed
from buildsvc.live.jobs import Jobs
from buildsvc.live.notices import NoticeKind, Notices
from buildsvc.model.clock import Clock
from buildsvc.model.events import Event, LogLine
from buildsvc.settings.settings import Settings
from buildsvc.store.analyses import Analyses
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.bundle.promised import Promised
from buildsvc.store.durable_files import held, shared
from buildsvc.store.ledger import Ledger
from buildsvc.store.secrets import Secrets

MOST_LIBRARIES = 4000
"""Libraries that one process remembers, a few hundred bytes each; beyond that it begins anew."""

KEEPING = "keeping.lock"
"""In the data directory: the lock between those who rely on what is kept and whoever prunes it."""

log = logging.getLogger(__name__)


class SiteBuildpacks:
    """Asked at each use: one look at the folder's entries, and nothing is read where nothing changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[custom.Signature, Buildpacks] = ((), BUILT_IN)

    def current(self) -> Buildpacks:
        """Return all that take part now, and what is broken; that is logged once."""
        # Taken before the files are read: what changes meanwhile is seen the next time.
        seen = custom.signature(self._folder)
        former, found = self._read
        if seen != former:
            found = custom.gather(self._folder, BUILT_IN)
            self._read = (seen, found)
            for one in found.broken:
                log.warning("buildpack %s takes no part: %s", one.file, one.fault)
        return found


class KnownLibraries:
    """Facts by digest. A digest names its content for ever, so what is remembered never becomes wrong."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[str, Library] = {}

    def among(self, digests: Collection[str]) -> Mapping[str, Library]:
        """Return those of the libraries with these SHA-256s (hex) that are known, as `analyse` wants them."""
        # Several threads look things up here: what one has found stays its own, even if another begins anew.
        seen = self._seen
        found = {digest: seen[digest] for digest in digests if digest in seen}
        missing = [digest for digest in digests if digest not in found]
        asked = self._ledger.libraries(missing) if missing else {}
        if len(seen) + len(asked) > MOST_LIBRARIES:
            self._seen = {}
        self._seen.update(asked)
        return {**found, **asked}

    def remember(self, libraries: Iterable[Library]) -> None:
        """Keep their facts in the ledger, and here those that were looked up: somebody may know more of them now."""
        found = tuple(libraries)
        self._ledger.remember_libraries(found)
        self._seen.update({library.sha256: library for library in found if library.sha256 in self._seen})


@dataclass(frozen=True)
class Site:
    """One installation's records and its queue. Nothing here talks to an engine."""

    settings: Settings
    ledger: Ledger
    artifacts: Artifacts
    analyses: Analyses
    secrets: Secrets
    layout: Layout
    bases: BaseCache
    images: ImageCache
    jobs: Jobs
    feed: Feed
    clock: Clock
    known: KnownLibraries
    buildpacks: SiteBuildpacks
    promised: Promised
    notices: Notices = field(default_factory=lambda: Notices(None))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let nothing be pruned through the block: whoever relies on what is kept, and records it only in the end,
        does so in here. Waits for what is being pruned at this moment, a few seconds at most.
        """
        with shared(self.layout.root / KEEPING):
            yield

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Take the right to prune through the block; False where somebody relies on what is kept (`in_use`)."""
        with held(self.layout.root / KEEPING) as mine:
            yield mine

    def tell(self, kind: NoticeKind, about: str, text: str, facts: Mapping[str, object]) -> None:
        """Tell the site's keepers, and count it. `about` names the thing, so that each is told once an hour."""
        self.ledger.count_notice(kind)
        self.notices.tell(kind, about, text, facts)

    def publisher(self, deployment: str) -> Callable[[Event], None]:
        """Make the function through which a deployment's events leave: rows first, then a nudge to the readers."""

        def publish(event: Event) -> None:
            if isinstance(event, LogLine):
                self.feed.pass_on(deployment, event)
            else:
                self.ledger.append_event(deployment, event)
                self.feed.nudge(deployment)

        return publish


class Busy:
    """The deployments that some thread of this process has in its hands, or reaches for, at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hands: Counter[str] = Counter()

    @contextmanager
    def on(self, deployment: str) -> Iterator[None]:
        with self._lock:
            self._hands[deployment] += 1
        try:
            yield
        finally:
            with self._lock:
                self._hands[deployment] -= 1
                self._hands += Counter()

    def with_it(self, deployment: str) -> bool:
        with self._lock:
            return self._hands[deployment] > 0


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
    wait: Callable[[float], None] = time.sleep
    busy: Busy = field(default_factory=Busy)
