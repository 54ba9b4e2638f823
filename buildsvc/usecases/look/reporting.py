"""Put the report of a deployment together: nothing is measured here, all of it was written down as it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from buildpacks.errors import NotFound
from buildsvc.model.answer_times import AnswerTimes, Counts, counts_of, since, times
from buildsvc.model.bundle import signature_fact
from buildsvc.model.data_events import DumpMade, DumpRestored
from buildsvc.model.deployment import Deployment, Step
from buildsvc.model.events import Recorded
from buildsvc.model.evidence import Beside
from buildsvc.model.release import Release
from buildsvc.model.report import PassedTraffic, Report, StepTime, Untouched
from buildsvc.model.version_events import BundleReady, VersionArrived
from buildsvc.store.bundle.signatures import public_key
from buildsvc.usecases.site import Site

_COUNTED = ("start", "live", "settle", "switch-back")
_MOST_PARTS = 500


def report(site: Site, identifier: str) -> Report:
    """Return the report of a deployment as it is now. Raises NotFound."""
    ledger = site.ledger
    deployment = ledger.deployment(identifier)
    steps, events = ledger.steps(identifier), ledger.events(identifier)
    release = _release(site, deployment)
    newest = ledger.deployments(deployment.application, limit=_MOST_PARTS)
    parts = tuple(reversed([one for one in newest if one.parent == identifier]))
    return Report(
        deployment=deployment,
        filename=release.filename if release else "",
        digests=(*_digests(deployment, release), *_of_whole(site, events, parts)),
        steps=tuple(_times(deployment, steps)),
        traffic=(*_traffic(steps), *_of_parts(site, parts)),
        answers=tuple(_answers(steps)),
        untouched=tuple(_untouched(events)),
        events=events,
        parts=parts,
    )


def _release(site: Site, deployment: Deployment) -> Release | None:
    if not deployment.component or deployment.release is None:
        return None
    try:
        return site.ledger.release(deployment.application, deployment.component, deployment.release)
    except NotFound:
        return None


def _digests(deployment: Deployment, release: Release | None) -> tuple[tuple[str, str], ...]:
    found = []
    if deployment.artifact:
        found.append(("artifact", f"sha256:{deployment.artifact}"))
    if release is not None:
        found.append(("image", release.image.manifest))
        found.append(("base", release.build.base_digest))
    return tuple(found)


def _of_whole(site: Site, events: tuple[Recorded, ...], parts: tuple[Deployment, ...]) -> Iterator[tuple[str, str]]:
    """Give the bundle that was written or came, with the key that signed it, each component's image that a change of
    the whole has swapped, and the dumps of data.
    """
    for one in events:
        if isinstance(one.event, BundleReady | VersionArrived):
            yield from _of_bundle(site, one.event)
        if isinstance(one.event, DumpMade | DumpRestored):
            yield (f"{one.event.component} {one.event.name}", f"sha256:{one.event.sha256}")
    for part in parts:
        release = _release(site, part)
        if release is not None:
            yield (f"{part.component} {release.number}", release.image.manifest)


def _of_bundle(site: Site, told: BundleReady | VersionArrived) -> Iterator[tuple[str, str]]:
    """Events of an earlier version name less of it."""
    signed = told.fingerprint if isinstance(told, VersionArrived) else _signer(site, told.document)
    for name, digest in (("SHA256SUMS", told.sums), ("app.json", told.document), ("SHA256SUMS.pem", signed)):
        if digest:
            yield (name, digest if digest.startswith("sha256:") else f"sha256:{digest}")


def _signer(site: Site, document: str) -> str:
    """Give the fingerprint of the key that signed an exported bundle afterwards; "" for none."""
    kept = site.ledger.recall(signature_fact(document))
    return "" if kept is None else public_key(bytes.fromhex(kept[-1])).fingerprint


def _of_parts(site: Site, parts: tuple[Deployment, ...]) -> Iterator[PassedTraffic]:
    for part in parts:
        for one in _traffic(site.ledger.steps(part.id)):
            yield replace(one, since=f"{part.component}: {one.since}")


def _times(deployment: Deployment, steps: tuple[Step, ...]) -> Iterator[StepTime]:
    for step in steps:
        seconds = (step.at - deployment.created).total_seconds() if step.at else 0.0
        yield StepTime(step.name, step.at, seconds)


def _traffic(steps: tuple[Step, ...]) -> Iterator[PassedTraffic]:
    """Differences of the counters; none across a gateway that began to count anew meanwhile."""
    counted = [step for step in steps if step.name in _COUNTED and isinstance(step.data.get("traffic"), dict)]
    held = sum(_number(step.data.get("held")) for step in steps if step.name == "switch")
    for before, after in pairwise(counted):
        old, new = before.data["traffic"], after.data["traffic"]
        if not isinstance(old, dict) or not isinstance(new, dict):
            continue
        passed = {name: _number(new.get(name)) - _number(old.get(name)) for name in ("requests", "failed", "retried")}
        if all(count >= 0 for count in passed.values()):
            waited = held if (before.name, after.name) == ("start", "live") else 0
            yield PassedTraffic(before.name, after.name, held=waited, **passed)


def _answers(steps: tuple[Step, ...]) -> Iterator[AnswerTimes]:
    """How long answers took before, during and after: of each step the last one counts."""
    told = {step.name: step.data["traffic"] for step in steps if isinstance(step.data.get("traffic"), dict)}
    start, live = _counted(told, "start"), _counted(told, "live")
    end = next((_counted(told, name) for name in ("keep", "settle", "switch-back") if name in told), {})
    passed = {
        "before": _counted(told, "start", "recent"),
        "during": since(start, live) if "live" in told else {},
        "after": since(live, end) if "live" in told else {},
    }
    for moment, counts in passed.items():
        found = times(moment, counts)
        if found is not None:
            yield found


def _counted(told: dict[str, Any], step: str, what: str = "took") -> Counts:
    return counts_of(told[step].get(what)) if step in told else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _untouched(events: tuple[Recorded, ...]) -> Iterator[Untouched]:
    seen = [recorded.event for recorded in events if isinstance(recorded.event, Beside)]
    before = next((one for one in seen if one.moment == "before"), None)
    after = next((one for one in reversed(seen) if one.moment == "after"), None)
    for one in before.containers if before else ():
        yield Untouched(one, None if after is None else one in after.containers)
