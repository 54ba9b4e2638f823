"""One worker's attempt at a deployment: claimed, journalled, its failure recorded, whoever waited for it woken.

What is done in it is for others to say: this is common to everything that changes what runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.errors import Conflict, DeploymentFailed, Failure, Unreachable, no_room
from buildsvc.engines.base import Publish
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Event, Settled, Started
from buildsvc.model.raised import failed, warned
from buildsvc.store.journal import LedgerJournal
from buildsvc.store.ledger import Claim, LiveRelease
from buildsvc.usecases.holding import held
from buildsvc.usecases.queueing import wake_next
from buildsvc.usecases.site import Workshop

LEDGER_BUSY, LEDGER_UNWRITABLE = "ledger-busy", "ledger-unwritable"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One worker's hold on one deployment."""

    workshop: Workshop
    deployment: Deployment
    claim: Claim
    journal: LedgerJournal
    publish: Publish

    def advance(
        self,
        phase: Phase,
        *,
        release: int | None = None,
        failure: Failure | None = None,
        told: Callable[[Deployment], Event] | None = None,
    ) -> Deployment:
        """Write the next phase, and with it what `told` makes of it, if this worker still holds the deployment."""
        return self.workshop.site.ledger.advance(
            self.deployment.id, phase, fence=self.claim.fence, release=release, failure=failure, told=told
        )

    def settle(self) -> None:
        """Tell and write that all of it is done."""
        self.publish(Settled())
        self.advance(Phase.SETTLED)

    def live(self) -> LiveRelease | None:
        """Return what the component runs at this moment."""
        return self.workshop.site.ledger.live(self.deployment.application, self.deployment.component)


Work = Callable[[Attempt], None]
"""Takes an attempt as far as it goes. Raises Failure where it fails; what ran before then runs still."""


def carry_out(workshop: Workshop, deployment_id: str, work: Work) -> None:
    """Take a deployment as far as `work` goes now. Does nothing when it has ended, waits for another, or is being run.

    A failure of the work is recorded, not raised.
    """
    ledger = workshop.site.ledger
    deployment = ledger.deployment(deployment_id)
    if deployment.phase.ended or deployment.phase.at_rest:
        return
    with held(workshop, deployment_id) as claim:
        if claim is None:
            return
        attempt = Attempt(
            workshop,
            ledger.deployment(deployment_id),
            claim,
            LedgerJournal(ledger, claim, workshop.stopping),
            workshop.site.publisher(deployment_id),
        )
        with workshop.site.in_use():
            _to_its_end(attempt, work)
    wake_next(workshop.site, deployment.application)


def _to_its_end(attempt: Attempt, work: Work) -> None:
    """Record how it ended. A lost claim writes nothing: whoever has it now does. Where the ledger took no more of the
    steps, what was begun is neither finished nor undone: that is left to recovery, for when it can be written again.
    """
    try:
        _begin(attempt)
        work(attempt)
    except Conflict as conflict:
        if conflict.code == "lost-claim":
            log.warning("deployment %s went on elsewhere: %s", attempt.deployment.id, conflict)
        elif conflict.code == LEDGER_BUSY and attempt.journal.steps():
            log.warning("deployment %s is left to recovery: %s", attempt.deployment.id, conflict)
        else:
            _fail(attempt, conflict)
    except Unreachable as unreachable:
        if attempt.journal.steps():
            attempt.publish(warned("engine-away", reason=unreachable))
        else:
            _fail(attempt, unreachable)
    except Failure as failure:
        if failure.code == LEDGER_UNWRITABLE and attempt.journal.steps():
            log.warning("deployment %s is left to recovery: %s", attempt.deployment.id, failure)
        else:
            _fail(attempt, failure)
    except Exception as defect:
        full = no_room(defect)
        if full is None:
            log.exception("deployment %s", attempt.deployment.id)
        _fail(attempt, full or Failure("defect", defect=repr(defect)))


def _begin(attempt: Attempt) -> None:
    attempt.publish(Started(attempt.workshop.name))
    if attempt.journal.cancelled() and not attempt.journal.steps():
        raise DeploymentFailed("cancelled.at-once")


def _fail(attempt: Attempt, failure: Failure) -> None:
    tail = failure.log_tail if isinstance(failure, DeploymentFailed) else ()
    attempt.publish(failed(failure, tail))
    attempt.advance(Phase.CANCELLED if failure.code == "cancelled" else Phase.FAILED, failure=failure)
