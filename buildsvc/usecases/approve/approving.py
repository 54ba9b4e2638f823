"""Somebody else lets a push go on, the difference before his eyes, or turns it away; what nobody looks at ends.

Who approves is a person, and not the one who pushed: what came by a machine's token or the watched folder is another's.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from buildpacks.errors import Conflict, Denied, DeploymentFailed, Failure
from buildsvc.model.access import Caller
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.person import name_key
from buildsvc.model.raised import failed
from buildsvc.model.waiting_events import Approved
from buildsvc.usecases.build.comparing import ArtifactDifference, difference
from buildsvc.usecases.queueing import enqueue, wake_next
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import understood

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """What is to be decided. `live` is the release that serves now, None where none does; `difference` from it is None
    where there is none, or where one of the two cannot be read.
    """

    deployment: Deployment
    live: int | None
    difference: ArtifactDifference | None


def decision(site: Site, deployment: Deployment) -> Decision:
    """Say what is to be decided: how the push differs from what is live at this moment. Raises Conflict
    `not-awaiting`.
    """
    _require_awaiting(deployment)
    live = site.ledger.live(deployment.application, deployment.component)
    if live is None or deployment.artifact is None or live.release.artifact == deployment.artifact:
        return Decision(deployment, live.release.number if live else None, None)
    artifact = site.ledger.artifact(deployment.artifact)
    name = artifact.filename if artifact else deployment.artifact
    return Decision(
        deployment,
        live.release.number,
        difference(site, live.release, understood(site, deployment.artifact, name)),
    )


def approve(site: Site, deployment_id: str, who: Caller, *, seen: int | None) -> Deployment:
    """Let a push go on to its switch, behind whatever is under way. `seen` is the release that it was compared with.
    Raises Conflict `not-awaiting`, Conflict
    `seen-otherwise` where something else is live by now than what it was compared with, Denied `approval-by-person`,
    Denied `approval-of-own`.
    """
    deployment = site.ledger.deployment(deployment_id)
    _require_awaiting(deployment)
    _require_another(deployment, who)
    live = site.ledger.live(deployment.application, deployment.component)
    number = live.release.number if live else None
    if number != seen:
        raise Conflict("seen-otherwise", component=deployment.component, live=number)
    now = site.ledger.let_go_on(deployment_id, Phase.AWAITING_APPROVAL, Approved(who.name), approved_by=who.name)
    site.feed.nudge(deployment_id)
    enqueue(site, deployment_id)
    return now


def reject(site: Site, deployment_id: str, who: Caller, reason: str) -> Deployment:
    """End a push that waits; whoever pushed reads by whom, and why. Raises Conflict `not-awaiting`, NotFound."""
    deployment = site.ledger.deployment(deployment_id)
    _require_awaiting(deployment)
    return _end(site, deployment, DeploymentFailed("rejected", by=who.name, reason=reason))


def end_overdue(site: Site) -> None:
    """End what has waited longer than the site allows."""
    days = site.settings.approval_days
    for deployment in site.ledger.awaiting(Phase.AWAITING_APPROVAL):
        if site.clock.now() - deployment.created >= timedelta(days=days):
            try:
                _end(site, deployment, DeploymentFailed("approval-overdue", days=days))
            except Conflict as decided:
                log.info("%s was decided at the last moment: %s", deployment.id, decided)


def _end(site: Site, deployment: Deployment, why: Failure) -> Deployment:
    now = site.ledger.end_awaiting(deployment.id, failed(why))
    site.feed.nudge(deployment.id)
    wake_next(site, deployment.application)
    return now


def _require_awaiting(deployment: Deployment) -> None:
    if deployment.phase is not Phase.AWAITING_APPROVAL:
        raise Conflict("not-awaiting", deployment=deployment.id, phase=deployment.phase)


def _require_another(deployment: Deployment, who: Caller) -> None:
    if who.person is None:
        raise Denied("approval-by-person", name=who.name)
    if name_key(deployment.actor) == name_key(who.name):
        raise Denied("approval-of-own", name=who.name)
