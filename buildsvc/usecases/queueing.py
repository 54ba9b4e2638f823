"""Hand a deployment to the workers, or ask them to leave it.

The ledger is the truth: a queue that is away only makes it later, never lost.
"""

from __future__ import annotations

from buildpacks.errors import Conflict, DeploymentFailed, Unreachable
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.raised import failed
from buildsvc.usecases.site import Site


def enqueue(site: Site, deployment: str) -> bool:
    """Queue a deployment; False when Redis is away (recovery queues it again when it is back)."""
    try:
        site.jobs.enqueue(deployment)
    except Unreachable:
        return False
    return True


def accepted(deployment: Deployment, key: str, /, **values: object) -> Accepted:
    """Answer that a deployment was queued, in a sentence of the catalogue."""
    said = sentence(key, **values)
    message = catalogue.told(said).message
    return Accepted(deployment.application, deployment.component, deployment, message, said=said)


def enqueue_push(site: Site, deployment: Deployment) -> None:
    """Queue a push. Earlier ones of its component that still wait end here, and say by whom: each would be a swap that
    the next one takes back.
    """
    said = DeploymentFailed("superseded", component=deployment.component, newer=deployment.id, by=deployment.actor)
    for superseded in site.ledger.supersede(deployment, failed(said)):
        site.feed.nudge(superseded)
    enqueue(site, deployment.id)


def wake_next(site: Site, application: str) -> None:
    """Queue what waited for a deployment of this application to end."""
    for deployment in site.ledger.unended():
        if deployment.application == application and deployment.phase is Phase.QUEUED:
            enqueue(site, deployment.id)


def cancel(site: Site, deployment_id: str) -> Deployment:
    """Ask for a deployment to stop before its switch; one that nobody works on yet is ended at once. Returns it as it
    is now: ended, or still under way. Raises Conflict, NotFound.
    """
    deployment = site.ledger.deployment(deployment_id)
    if deployment.phase.serving:
        raise Conflict("live-already", deployment=deployment_id)
    now = site.ledger.request_cancel(deployment_id)
    if now.phase.ended:
        site.feed.nudge(deployment_id)
        wake_next(site, now.application)
    return now
