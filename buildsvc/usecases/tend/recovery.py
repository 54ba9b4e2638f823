"""Put right what was interrupted: run at a worker's start and every few seconds after.

Nothing here is remembered between two passes; the ledger says all.
"""

from __future__ import annotations

import logging

from buildpacks.errors import Failure
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.usecases.approve.approving import end_overdue
from buildsvc.usecases.approve.timely import reopen
from buildsvc.usecases.deploy.settling import look_at_soak
from buildsvc.usecases.holding import give_back_forgotten
from buildsvc.usecases.perform import perform
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Workshop

log = logging.getLogger(__name__)


def tend(workshop: Workshop) -> None:
    """One pass over every deployment that has not ended. A failure of one does not keep the others waiting."""
    give_back_forgotten(workshop)
    end_overdue(workshop.site)
    reopen(workshop.site)
    for deployment in workshop.site.ledger.unended():
        try:
            _tend_one(workshop, deployment)
        except Failure as failure:
            log.warning("deployment %s: %s", deployment.id, failure)


def _tend_one(workshop: Workshop, deployment: Deployment) -> None:
    match deployment.phase:
        case Phase.QUEUED | Phase.BUILDING:
            if workshop.site.ledger.is_abandoned(deployment.id, workshop.alive):
                enqueue(workshop.site, deployment.id)
        case Phase.SWAPPING:
            if workshop.site.ledger.is_abandoned(deployment.id, workshop.alive):
                perform(workshop, deployment.id)
        case Phase.LIVE:
            look_at_soak(workshop, deployment)
        case _:
            return
