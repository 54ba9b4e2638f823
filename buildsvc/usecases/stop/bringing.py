"""Make what should run run again: networks, gateways, image components, and the live release of each jar component.

A start by hand and a repair are the same work; it can be run again from its beginning.
"""

from __future__ import annotations

from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.desired import is_still
from buildsvc.model.evidence import BroughtUp
from buildsvc.model.instance import was_killed
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.apply.in_place import ensure_again
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.deploy import bring_live, deploy
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.look.what_runs import served_by_adopted, what_runs
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site


def start(attempt: Attempt) -> None:
    """Do what a start asks for: from now on it is to run."""
    deployment, site = attempt.deployment, attempt.workshop.site
    rows = site.ledger.stopped(deployment.application)
    again = {name for row in rows for name in row.ran if deployment.component in {"", name}}
    site.ledger.want_running(deployment.application, deployment.component)
    ensure_again(attempt.workshop, deployment.application, again, attempt.publish)
    repair(attempt)


def repair(attempt: Attempt) -> None:
    """Bring up what the deployment names, the whole where it names no component. Raises DeploymentFailed, Conflict."""
    deployment, workshop = attempt.deployment, attempt.workshop
    if deployment.component and attempt.journal.steps():
        deploy(attempt)
        return
    attempt.advance(Phase.SWAPPING)
    ensure_again(workshop, deployment.application, _killed(attempt), attempt.publish)
    up, adopted = [], served_by_adopted(workshop, deployment.application)
    for name, live in sorted(_wanted(workshop.site, deployment).items()):
        if name in adopted:
            up.append(name)
            continue
        spec = roll_out_of(workshop.site, deployment, live.release)
        if workshop.engine.bring_up(spec, attempt.journal.cancelled, attempt.publish):
            up.append(name)
        elif deployment.component:
            _deploy_anew(attempt, live)
            return
        else:
            enqueue(workshop.site, _again(workshop.site, deployment, live).id)
    attempt.publish(BroughtUp(tuple(up)))
    attempt.settle()


def _killed(attempt: Attempt) -> frozenset[str]:
    """Image components that were ended from outside: what ends by itself has done its work."""
    found = what_runs(attempt.workshop, attempt.deployment.application)
    return frozenset(one.component for one in found if one.role == "image" and was_killed(one))


def _wanted(site: Site, deployment: Deployment) -> dict[str, LiveRelease]:
    stopped, now = site.ledger.stopped(deployment.application), site.clock.now()
    return {
        name: live
        for name, live in site.ledger.live_all(deployment.application).items()
        if deployment.component in {"", name} and not is_still(stopped, name, now)
    }


def _deploy_anew(attempt: Attempt, live: LiveRelease) -> None:
    """Its container is gone: the recorded release is brought live like any other."""
    bring_live(attempt, live.release)


def _again(site: Site, deployment: Deployment, live: LiveRelease) -> Deployment:
    return site.ledger.create_deployment(
        application=deployment.application,
        component=live.release.component,
        cause=Cause.REPAIR,
        artifact=live.release.artifact,
        release=live.release.number,
        actor=deployment.actor,
        door=deployment.door,
    )
