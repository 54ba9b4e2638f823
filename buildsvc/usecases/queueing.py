"""Hand a deployment to the workers. The ledger is the truth: a queue that is away only makes it later, never lost."""

from __future__ import annotations

from buildpacks.errors import Unreachable
from buildsvc.model.deployment import Phase
from buildsvc.usecases.site import Site


def enqueue(site: Site, deployment: str) -> bool:
    """Queue a deployment; False when Redis is away (recovery queues it again when it is back)."""
    try:
        site.jobs.enqueue(deployment)
    except Unreachable:
        return False
    return True


def wake_next(site: Site, application: str) -> None:
    """Queue what waited for a deployment of this application to end."""
    for deployment in site.ledger.unended():
        if deployment.application == application and deployment.phase is Phase.QUEUED:
            enqueue(site, deployment.id)
