"""The end of a deployment: the soak is watched, the old instance stopped, or the switch taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from buildpacks.errors import Conflict, DeploymentFailed
from buildsvc.engines.base import RollOut, Soak
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Settled
from buildsvc.model.raised import failed, warned
from buildsvc.model.release import Release
from buildsvc.store.journal import LedgerJournal
from buildsvc.store.ledger import Claim
from buildsvc.usecases.deploy.beside import beside
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.deploy.taken_over import note_taken_over
from buildsvc.usecases.holding import held
from buildsvc.usecases.look import former_kept
from buildsvc.usecases.site import Workshop

PATIENCE = 60.0
"""Seconds that a new push waits for the former one's soak to be ended, beside the time that the former release has to
start again, should it be switched back just then.
"""

MEMORY_RESERVE = 384 * 2**20
"""Bytes of this machine's memory below which no former instance is kept beyond its soak."""


def look_at_soak(workshop: Workshop, deployment: Deployment, *, now: bool = False) -> bool:
    """One look at a live deployment; True when its soak is over, whoever saw to that. False also while another worker
    is looking. One whose former instance is kept has a soak that is over, and goes on until that instance goes.
    """
    ledger = workshop.site.ledger
    with held(workshop, deployment.id) as claim:
        if claim is None:
            return ledger.deployment(deployment.id).phase.ended
        return _look(workshop, ledger.deployment(deployment.id), claim, now=now)


def _is_kept_and_memory_is_short(workshop: Workshop, deployment: Deployment, release: Release) -> bool:
    """Behind its soak the former instance runs on for an undo alone: it is the first to go."""
    soak = release.spec.jar.soak if release.spec.jar else 0.0
    live_at = deployment.live_at or deployment.created
    since = (workshop.site.clock.now() - live_at).total_seconds()
    return since >= soak and 0 < workshop.memory() < MEMORY_RESERVE


def _look(workshop: Workshop, deployment: Deployment, claim: Claim, *, now: bool) -> bool:
    ledger = workshop.site.ledger
    if deployment.phase is not Phase.LIVE:
        return deployment.phase.ended
    release = ledger.release(deployment.application, deployment.component, deployment.release or 0)
    publish = workshop.site.publisher(deployment.id)
    spec = _as_it_may_be_kept(workshop, deployment, roll_out_of(workshop.site, deployment, release))
    if not now and _is_kept_and_memory_is_short(workshop, deployment, release):
        if spec.component.jar and spec.component.jar.kept_for > spec.component.jar.soak:
            publish(warned("keep-given-up", component=release.component))
        now = True
    try:
        found = workshop.engine.settle(spec, LedgerJournal(ledger, claim, workshop.stopping), publish, now=now)
    except DeploymentFailed as failure:
        if failure.code != "switch-back-failed":
            raise
        publish(failed(failure))
        ledger.advance(deployment.id, Phase.FAILED, fence=claim.fence, failure=failure)
        return True
    if found in {Soak.SETTLED, Soak.SWITCHED_BACK}:
        publish(beside(workshop.site, deployment, "after"))
    if found is Soak.SETTLED:
        publish(Settled())
        ledger.advance(deployment.id, Phase.SETTLED, fence=claim.fence)
    elif found is Soak.SWITCHED_BACK:
        note_taken_over(workshop.site, deployment, back=True)
        ledger.restore_previous_live(deployment.application, deployment.component, deployment.id, fence=claim.fence)
        ledger.advance(deployment.id, Phase.SWITCHED_BACK, fence=claim.fence)
    return found is not Soak.SOAKING


def _as_it_may_be_kept(workshop: Workshop, deployment: Deployment, spec: RollOut) -> RollOut:
    """Without keeping where the former instance was to be frozen and may not be."""
    jar = spec.component.jar
    if jar is None or former_kept.seconds(workshop.site, deployment.id, jar) == jar.kept_for:
        return spec
    return replace(spec, component=replace(spec.component, jar=replace(jar, keep=0.0)))


def end_former_soak(workshop: Workshop, newer: Deployment) -> None:
    """End the soak of the push before at once: the newer one needs its slot."""
    for former in _soaking_before(workshop, newer):
        patience = PATIENCE + _time_to_start(workshop, former)
        deadline = time.monotonic() + patience
        while not look_at_soak(workshop, former, now=True):
            if time.monotonic() > deadline:
                raise Conflict("soak-does-not-end", deployment=former.id, seconds=f"{patience:.0f}")
            time.sleep(0.1)


def _soaking_before(workshop: Workshop, newer: Deployment) -> Iterator[Deployment]:
    for former in workshop.site.ledger.unended():
        same = (former.application, former.component) == (newer.application, newer.component)
        if same and former.phase is Phase.LIVE and former.id != newer.id:
            yield former


def hand_over(workshop: Workshop, newer: Deployment) -> bool:
    """End the soak of the deployment before, both instances left as they are: the newer one switches between them.
    False where that one is being switched back just now. Raises Conflict `soak-does-not-end` where another worker does
    not let go of it.
    """
    done = True
    for former in _soaking_before(workshop, newer):
        deadline = time.monotonic() + PATIENCE
        while (handed := _settled_by_hand_over(workshop, former)) is None:
            if time.monotonic() > deadline:
                raise Conflict("soak-does-not-end", deployment=former.id, seconds=f"{PATIENCE:.0f}")
            time.sleep(0.05)
        done = done and handed
    return done


def _settled_by_hand_over(workshop: Workshop, former: Deployment) -> bool | None:
    """None while another worker has it."""
    ledger = workshop.site.ledger
    with held(workshop, former.id) as claim:
        if ledger.deployment(former.id).phase.ended:
            return True
        if claim is None:
            return None
        journal = LedgerJournal(ledger, claim, workshop.stopping)
        if journal.began("switch-back", "settle"):
            return False
        journal.step("settle", handed_over=True)
        journal.done("settle")
        ledger.advance(former.id, Phase.SETTLED, fence=claim.fence, told=lambda _: Settled())
        return True


def _time_to_start(workshop: Workshop, former: Deployment) -> float:
    jar = workshop.site.ledger.release(former.application, former.component, former.release or 0).spec.jar
    return jar.deadline if jar else 0.0
