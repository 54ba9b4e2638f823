"""Logs of a component: the web asks, a worker reads the engine and passes lines on, until nobody listens any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from pydantic import TypeAdapter

from buildpacks.errors import Failure, NotFound
from buildsvc.live.feed import END
from buildsvc.model.events import Failed, LogLine
from buildsvc.model.instance import Instance
from buildsvc.model.raised import failed
from buildsvc.usecases.site import Site, Workshop

_FAILED = TypeAdapter(Failed)
LEASE = 15.0
"""Seconds that a worker goes on reading after its reader was last heard of."""


@contextmanager
def open_follow(
    site: Site, application: str, component: str, *, follow: bool, tail: int
) -> Iterator[Iterator[LogLine | Failed | None]]:
    """Ask for the log of a component; yields an iterator of lines, None now and then while nothing comes."""
    site.ledger.component(application, component)
    channel = f"log-{uuid4().hex}"
    with site.feed.listen(channel) as ear:
        site.feed.lease(channel, LEASE)
        site.jobs.enqueue_follow(application, component, channel, tail, follow=follow)

        def lines() -> Iterator[LogLine | Failed | None]:
            while True:
                site.feed.lease(channel, LEASE)
                heard = ear.wait(2.0)
                for message in heard:
                    if message is None:
                        continue
                    if message == END:
                        return
                    if message.get("kind") == "failed":
                        yield _FAILED.validate_python(message)
                        return
                    yield LogLine(str(message.get("text", "")))
                if not heard:
                    yield None

        yield lines()


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
    there = [i for i in workshop.engine.instances(application) if i.component == component and i.role != "gateway"]
    if not there:
        raise NotFound("nothing-runs", component=component, application=application)
    return max(there, key=lambda i: (i.active or i.role == "image", i.state == "running", i.started or 0))
