"""Read what instances use, keep it for an hour, and show it as points of a plot."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from buildsvc.model.usage import InstanceUsage, UsagePoint, UsageSample, UsageView
from buildsvc.store.usage_samples import KEPT, UsageSamples
from buildsvc.usecases.site import Site, Workshop

EVERY = 15.0
"""Seconds between two readings."""


def read_usage(workshop: Workshop) -> int:
    """Read every instance that the observer last saw running, and keep it; how many there were. Raises Failure."""
    site = workshop.site
    seen = [one for snapshot in site.ledger.snapshots() for one in snapshot.instances]
    running = {one.id: one for one in seen if one.state == "running" and one.role != "gateway"}
    found = workshop.engine.usage(running)
    now = site.clock.now()
    _samples(site).add(
        (
            UsageSample(
                running[one].application,
                running[one].component,
                one,
                running[one].name,
                now,
                use.memory,
                use.cpu,
                use.limit,
            )
            for one, use in found.items()
        ),
        now,
    )
    return len(found)


def usage_view(site: Site, application: str, component: str) -> UsageView:
    """Show what the instances of a component used in the last hour. Raises NotFound."""
    site.ledger.component(application, component)
    read = _samples(site).of(application, component, site.clock.now() - timedelta(seconds=KEPT))
    ordered = sorted(read, key=lambda one: (one.instance, one.at))
    instances = [
        _of_instance(instance, tuple(samples)) for instance, samples in groupby(ordered, key=lambda one: one.instance)
    ]
    return UsageView(EVERY, KEPT, tuple(sorted(instances, key=lambda one: one.points[0].at)))


def _of_instance(instance: str, samples: tuple[UsageSample, ...]) -> InstanceUsage:
    points = []
    before: UsageSample | None = None
    for one in samples:
        points.append(UsagePoint(one.at, one.memory, _cores(before, one)))
        before = one
    return InstanceUsage(instance, samples[-1].name, samples[-1].limit, tuple(points))


def _cores(before: UsageSample | None, now: UsageSample) -> float | None:
    """None where the instance was started again meanwhile: its count begins anew."""
    if before is None or now.cpu < before.cpu:
        return None
    seconds = (now.at - before.at).total_seconds()
    return (now.cpu - before.cpu) / seconds if seconds > 0 else None


def _samples(site: Site) -> UsageSamples:
    return UsageSamples(site.settings.paths.usage)
