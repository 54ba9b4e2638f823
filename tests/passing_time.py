"""A site on which time passes: twenty pushes a day, a version a week, and the rule that keeps it small."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from buildsvc.image.recall import recall
from buildsvc.image.sbom import referrer
from buildsvc.model.deployment import Phase
from buildsvc.model.version import ApplicationSnapshot, BuiltImage, PinnedJar
from buildsvc.usecases.tend import pruning, recovery
from buildsvc.usecases.tend.verifying import verify
from tests import forge
from tests.workshops import Bench

A_DAY, A_WEEK = 86_400, 7
A_DAY_PUSHES, RELEASES = 20, 10
WEIGHT = 100_000
"""Bytes of a jar, which stand for as many kilobytes."""


@dataclass(frozen=True)
class Weighed:
    """The site at the end of a day: files and bytes of the content store, images in the engine, bytes of the ledger."""

    day: int
    files: int
    blobs: int
    rest: int
    images: int
    ledger: int


class PassingTime:
    """A site on which time passes: what is written is dated by its clock, a version is made once a week.

    Its content stops growing when as many weeks are over as it keeps `versions`.
    """

    def __init__(self, folder: Path, *, versions: int = 20) -> None:
        self.versions = versions
        kept = {"BUILDSVC_KEEP_RELEASES": str(RELEASES), "BUILDSVC_KEEP_VERSIONS": str(versions)}
        self.bench = Bench(folder, java=17, **kept, BUILDSVC_KEEP_HISTORY="180")
        self.bench.clock.time = datetime.now(UTC)
        self.bench.apply()
        self.seen: set[str] = set()
        self.foundation = self.weigh(0)

    def live(self, days: int) -> Iterator[Weighed]:
        for day in range(1, days + 1):
            for number in range(A_DAY_PUSHES):
                self._push(f"{day}.{number}")
            if day % A_WEEK == 0:
                self._version(f"week-{day // A_WEEK}")
            yield self.weigh(day)

    def _push(self, version: str) -> None:
        bench = self.bench
        payload = {"BOOT-INF/data.bin": random.Random(version).randbytes(WEIGHT)}
        extra = forge.pom_properties("demo", "order-service", version) | payload
        data = forge.jar(main="demo.Main", java=17, extra=extra)
        assert bench.run(bench.push(data=data, application="shop", component="order")).phase is Phase.LIVE
        self._bill()
        bench.clock.forward(A_DAY / A_DAY_PUSHES)
        recovery.tend(bench.workshop)
        self._date()
        pruning.tend(bench.workshop)

    def _bill(self) -> None:
        """A bill of materials beside the image, as small as one can be: making one takes longer than all the rest."""
        live, layout = self.bench.ledger.live("shop", "order"), self.bench.site.layout
        assert live is not None
        reference = live.release.image
        image = recall(layout, reference.manifest, reference.reference)
        bill = json.dumps({"bomFormat": "CycloneDX", "serialNumber": live.release.id}).encode()
        referrer.attach(layout, image.manifest, referrer.SBOM_TYPE, bill, created="2026-01-01T00:00:00Z")

    def _date(self) -> None:
        now = self.bench.clock.now().timestamp()
        for digest in set(self.bench.site.layout) - self.seen:
            self.seen.add(digest)
            os.utime(self.bench.site.layout.path(digest), (now, now))

    def _version(self, name: str) -> None:
        live = self.bench.ledger.live("shop", "order")
        assert live is not None
        release = live.release
        built = (BuiltImage(release.image, release.build),)
        jar = PinnedJar("order", release.number, release.artifact, release.filename, built)
        stored = self.bench.ledger.application("shop").application
        self.bench.ledger.create_version("shop", ApplicationSnapshot(stored, (jar,), ()), name=name, note="", actor="a")

    def weigh(self, day: int) -> Weighed:
        data = self.bench.settings.data
        sizes = {path: path.stat().st_size for path in data.rglob("*") if path.is_file()}
        blobs = {path: size for path, size in sizes.items() if path.is_relative_to(data / "blobs")}
        ledger = sum(size for path, size in sizes.items() if path.name.startswith("ledger.db"))
        rest = sum(sizes.values()) - sum(blobs.values()) - ledger
        return Weighed(day, len(sizes), sum(blobs.values()), rest, len(self.bench.engine.images), ledger)


def stays_under_the_bound(time: PassingTime, weighed: Sequence[Weighed]) -> None:
    """Assert the bound that docs/operating.md states, once all versions that are kept were made."""
    grown = (time.versions + 1) * A_WEEK
    middle = (grown + len(weighed)) // 2
    first, last = weighed[grown:middle], weighed[middle:]
    most = RELEASES + A_DAY_PUSHES + time.versions + 2
    assert max(one.images for one in last) <= time.foundation.images + most + 1
    assert max(one.blobs for one in last) - time.foundation.blobs < most * 2.2 * WEIGHT
    assert max(one.blobs for one in last) <= 1.02 * max(one.blobs for one in first)
    assert max(one.files for one in last) <= 1.02 * max(one.files for one in first)
    assert max(one.rest for one in last) <= 1.1 * max(one.rest for one in first)
    assert weighed[-1].ledger < max(len(weighed) * A_DAY_PUSHES * 12_000, 15_000_000)
    assert list(verify(time.bench.site)) == []
