"""What Prometheus reads: read from the ledger when it asks, so that every process tells the same; and uploaded bytes.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (by prometheus_client).
"""

from __future__ import annotations

import shutil
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from math import inf
from pathlib import Path
from statistics import median
from typing import Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from buildpacks.errors import Failure
from buildsvc.doors.front import certificate
from buildsvc.model.deployment import Phase
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend import backups, patrol, pruning
from buildsvc.usecases.tend.forecast import forecast

RECENT: Final = 500


class Metrics:
    """One registry for each web application; nothing global."""

    def __init__(self, site: Site) -> None:
        self._registry = CollectorRegistry()
        self.uploaded = Counter("buildsvc_upload_bytes", "Bytes of uploads that arrived here", registry=self._registry)
        self._registry.register(_FromLedger(site))

    def text(self) -> bytes:
        """Write everything in the text format."""
        return generate_latest(self._registry)


class _FromLedger(Collector):
    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> list[Metric]:
        """Say nothing: registering must not read the ledger."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the ledger."""
        site, now = self._site, self._site.clock.now()
        recent = site.ledger.deployments(limit=RECENT)
        by_phase = Tally(deployment.phase for deployment in recent)
        phases = GaugeMetricFamily(
            "buildsvc_recent_deployments", f"The newest {RECENT} deployments by phase", labels=["phase"]
        )
        for phase in Phase:
            phases.add_metric([phase.value], by_phase[phase])
        yield phases
        queued = sum(1 for deployment in site.ledger.unended() if deployment.phase is Phase.QUEUED)
        yield GaugeMetricFamily("buildsvc_queue_length", "Deployments that wait for a worker", value=queued)
        took = [(one.live_at - one.created).total_seconds() for one in recent if one.live_at is not None]
        if took:
            yield GaugeMetricFamily(
                "buildsvc_recent_live_seconds_median", "From upload to live, median of the recent", value=median(took)
            )
            yield GaugeMetricFamily(
                "buildsvc_recent_live_seconds_max", "From upload to live, slowest of the recent", value=max(took)
            )
        ages = GaugeMetricFamily(
            "buildsvc_observation_age_seconds", "Since the engine last said what runs", labels=["application"]
        )
        for snapshot in site.ledger.snapshots():
            ages.add_metric([snapshot.application], snapshot.age(now))
        yield ages
        yield from _of_keeping(site)


def _of_room(site: Site) -> Iterator[Metric]:
    """Give when the disk will be full, and what was pruned."""
    room = forecast(site)
    if room is not None:
        days = inf if room.full_in is None else room.full_in
        yield GaugeMetricFamily(
            "buildsvc_disk_full_days", "Until the disk is full, at the pace of two weeks", value=days
        )
    went = pruning.pruned_so_far(site)
    yield CounterMetricFamily("buildsvc_pruned_bytes", "Bytes that pruning freed", value=went.freed)
    yield CounterMetricFamily("buildsvc_pruned_releases", "Releases that were pruned", value=went.releases)


def _of_certificate(served: Path | None) -> Iterator[Metric]:
    """Give until when what is served by TLS is valid; nothing where there is none, or none that can be read."""
    if served is None:
        return
    with suppress(Failure):
        ends = certificate.read(served).not_valid_after_utc.timestamp()
        yield GaugeMetricFamily("buildsvc_certificate_ends_seconds", "Until when the certificate is valid", value=ends)


def _of_keeping(site: Site) -> Iterator[Metric]:
    """Give what whoever keeps the site watches: room, damage, backups, notices."""
    free = shutil.disk_usage(site.settings.data).free
    yield GaugeMetricFamily("buildsvc_disk_free_bytes", "Free below the data directory", value=free)
    yield from _of_room(site)
    yield from _of_certificate(site.settings.served_certificate)
    found = patrol.last_round(site.layout)
    yield GaugeMetricFamily(
        "buildsvc_damaged", "Damages that the newest round found", value=len(found.damaged) if found else 0
    )
    told = site.ledger.recall(backups.FACT) or {}
    if "tried" in told:
        failed = float(bool(told["why"]))
        yield GaugeMetricFamily("buildsvc_backup_failed", "1 where the newest backup failed", value=failed)
    if "made" in told:
        made = datetime.fromisoformat(told["made"]).timestamp()
        yield GaugeMetricFamily("buildsvc_backup_made_seconds", "When the newest good backup was made", value=made)
    notices = CounterMetricFamily("buildsvc_notices", "Notices by kind", labels=["kind"])
    for kind, count in site.ledger.notices().items():
        notices.add_metric([kind], count)
    yield notices
