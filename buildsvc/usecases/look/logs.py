"""Logs of a component: the web asks, a worker reads the engine and passes lines on, until nobody listens any more."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from pydantic import TypeAdapter

from buildpacks.errors import Failure, NotFound
from buildsvc.live.feed import END, Message
from buildsvc.model.events import Failed, LogLine
from buildsvc.model.instance import Instance
from buildsvc.model.raised import failed
from buildsvc.usecases.look.what_runs import what_runs
from buildsvc.usecases.site import Site, Workshop

_FAILED = TypeAdapter(Failed)
LEASE = 15.0
"""Seconds that a worker goes on reading after its reader was last heard of."""


@dataclass(frozen=True)
class Followed:
    """A component's log that somebody reads: what comes on `channel` of the feed is for him."""

    site: Site
    application: str
    component: str
    follow: bool
    tail: int
    channel: str

    def begin(self) -> None:
        """Ask a worker for it; the reader listens to the feed already."""
        self.still_read()
        self.site.jobs.enqueue_follow(self.application, self.component, self.channel, self.tail, follow=self.follow)

    def still_read(self) -> None:
        """Say that there is a reader for `LEASE` seconds more."""
        self.site.feed.lease(self.channel, LEASE)


def open_follow(site: Site, application: str, component: str, *, follow: bool, tail: int) -> Followed:
    """Prepare to read the log of a component. Raises NotFound when there is no such component."""
    site.ledger.component(application, component)
    return Followed(site, application, component, follow, tail, f"log-{uuid4().hex}")


def line_of(message: Message) -> LogLine | Failed | None:
    """Read what a follow's message says: a line, why there is none, or None at the end."""
    if message is None or message == END:
        return None
    if message.get("kind") == "failed":
        return _FAILED.validate_python(message)
    return LogLine(str(message.get("text", "")))


def follow(workshop: Workshop, application: str, component: str, channel: str, *, follow: bool, tail: int) -> None:
    """Pass the lines of the component's serving instance on to `channel`."""
    feed = workshop.site.feed
    try:
        instance = _serving(workshop, application, component)
        for line in workshop.engine.logs(instance.id, follow=follow, tail=tail):
            if not feed.leased(channel):
                return
            feed.pass_on(channel, LogLine(line))
    except Failure as failure:
        feed.pass_on(channel, failed(failure))
    feed.finish(channel)


def _serving(workshop: Workshop, application: str, component: str) -> Instance:
    there = [i for i in what_runs(workshop, application) if i.component == component and i.role != "gateway"]
    if not there:
        raise NotFound("nothing-runs", component=component, application=application)
    return max(there, key=lambda i: (i.active or i.role == "image", i.state == "running", i.started or 0))
