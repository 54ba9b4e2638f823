"""From a deployment's cause to the work that it is: the one place that knows every kind of change."""

from __future__ import annotations

from buildsvc.model.deployment import Cause
from buildsvc.usecases.apply.run import apply, remove
from buildsvc.usecases.attempt import Attempt, Work, carry_out
from buildsvc.usecases.deploy.deploy import deploy
from buildsvc.usecases.site import Workshop


def perform(workshop: Workshop, deployment_id: str) -> None:
    """Take a deployment as far as it goes now. Does nothing when it has ended, waits for another, or is being run."""
    carry_out(workshop, deployment_id, _by_its_cause)


def _by_its_cause(attempt: Attempt) -> None:
    work_of(attempt.deployment.cause)(attempt)


def work_of(cause: Cause) -> Work:
    """The work that a deployment of this cause is."""
    match cause:
        case Cause.ARTIFACT | Cause.SPEC | Cause.ROLLBACK:
            return deploy
        case Cause.APPLY:
            return apply
        case Cause.REMOVE:
            return remove
