"""How long each stage of a deployment took, beside what the last ones of its kind took."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import median

from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Event, Recorded
from buildsvc.model.past import DeploymentFilter, StageTiming, TimingView
from buildsvc.usecases.site import Site

LAST = 5
"""Earlier deployments that the expectation is made of."""
_SERVED = ("live", "settled")
_LOOKED_AT = 20

StageOf = Callable[[Event], str | None]


def timing(site: Site, identifier: str, stages: tuple[str, ...], stage_of: StageOf) -> TimingView:
    """Tell the stages of a deployment, in the order of `stages`; `stage_of` gives the one that an event reaches.

    Raises NotFound.
    """
    deployment = site.ledger.deployment(identifier)
    mine = _reached(site.ledger.events(identifier), stage_of)
    former = _former(site, deployment)
    theirs = [_spans(_reached(site.ledger.events(one.id), stage_of), one, stages) for one in former]
    spans = _spans(mine, deployment, stages)
    return TimingView(
        seconds=_until_live(deployment),
        expected=median([span for one in former if (span := _until_live(one)) is not None]) if former else None,
        of=len(former),
        deadline=_deadline(site, deployment),
        stages=tuple(
            StageTiming(stage, mine[stage].at if stage in mine else None, spans.get(stage), _usual(theirs, stage))
            for stage in stages
            if stage in mine or _usual(theirs, stage) is not None
        ),
    )


def _former(site: Site, deployment: Deployment) -> tuple[Deployment, ...]:
    asked = DeploymentFilter(
        application=deployment.application,
        component=deployment.component,
        causes=(deployment.cause.value,),
        phases=_SERVED,
        before=deployment.id,
    )
    found = site.ledger.find_deployments(asked, _LOOKED_AT)
    return tuple(one for one in found if one.live_at is not None)[:LAST]


def _until_live(deployment: Deployment) -> float | None:
    return None if deployment.live_at is None else (deployment.live_at - deployment.created).total_seconds()


def _reached(events: tuple[Recorded, ...], stage_of: StageOf) -> dict[str, Recorded]:
    """Return each stage by the event that reached it last: a build that a lost worker left is begun anew."""
    return {stage: one for one in events if (stage := stage_of(one.event)) is not None}


def _spans(reached: dict[str, Recorded], deployment: Deployment, stages: tuple[str, ...]) -> dict[str, float]:
    """Seconds of each stage since the one before it."""
    came = [(stage, reached[stage].at) for stage in stages if stage in reached]
    found = {}
    for (_, before), (stage, at) in pairwise([("", deployment.created), *came]):
        found[stage] = max(0.0, (at - before).total_seconds())
    return found


def _usual(former: list[dict[str, float]], stage: str) -> float | None:
    took = [one[stage] for one in former if stage in one]
    return median(took) if took else None


def _deadline(site: Site, deployment: Deployment) -> float | None:
    if not deployment.component or deployment.application not in site.ledger.application_names():
        return None
    component = site.ledger.application(deployment.application).application.component(deployment.component)
    return component.jar.deadline if component is not None and component.jar is not None else None
