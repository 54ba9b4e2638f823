"""Restart one component: a jar component by a swap of the release that serves, so that no request fails; an image
component by a stop and a start, with the gap that this means.
"""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import Conflict
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.evidence import BroughtUp
from buildsvc.usecases.apply.in_place import ensure_again
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.deploy import deploy
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site
from buildsvc.usecases.stop.still import stop_running


def submit_restart(site: Site, application: str, component: str, *, actor: str, door: str) -> Accepted:
    """Queue the restart of a component. Raises NotFound, Conflict `nothing-to-restart` where no release is live."""
    part = site.ledger.component(application, component)
    live = site.ledger.live(application, component)
    if part.is_jar and live is None:
        raise Conflict("nothing-to-restart", component=component, application=application)
    made = site.ledger.create_deployment(
        application=application,
        component=component,
        cause=Cause.RESTART,
        artifact=live.release.artifact if live is not None else None,
        release=live.release.number if live is not None else None,
        actor=actor,
        door=door,
    )
    enqueue(site, made.id)
    return accepted(made, "accepted.restart", component=component, application=application)


def restart(attempt: Attempt) -> None:
    """Do it. Raises Conflict `nothing-to-restart`, Failure; what served then serves."""
    deployment, workshop = attempt.deployment, attempt.workshop
    part = workshop.site.ledger.component(deployment.application, deployment.component)
    if part.is_jar:
        deploy(_of_what_serves(attempt))
        return
    attempt.advance(Phase.SWAPPING)
    stop_running(workshop, deployment.application, {part.name: part})
    workshop.site.ledger.want_running(deployment.application, part.name)
    ensure_again(workshop, deployment.application, {part.name}, attempt.publish)
    attempt.publish(BroughtUp((part.name,)))
    attempt.settle()


def _of_what_serves(attempt: Attempt) -> Attempt:
    """Return the attempt of the release that is live now: a push in front of it may have brought another since it was
    asked for. One that was begun goes on with its own.
    """
    deployment, live = attempt.deployment, attempt.live()
    if deployment.phase is Phase.SWAPPING:
        return attempt
    if live is None:
        raise Conflict("nothing-to-restart", component=deployment.component, application=deployment.application)
    return replace(attempt, deployment=replace(deployment, release=live.release.number))
