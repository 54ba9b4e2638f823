"""What has to be so before a built release is switched to: somebody else's word, an open window."""

from __future__ import annotations

from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.policy import APPROVAL
from buildsvc.model.release import Release
from buildsvc.model.waiting_events import ApprovalAwaited
from buildsvc.usecases.admit.policing import policy_of
from buildsvc.usecases.approve.timely import is_timely
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.site import Site


def needs_approval(site: Site, application: str) -> bool:
    """Whether pushes to this application wait until somebody else lets them."""
    return APPROVAL in policy_of(site).rules(application).required


def is_cleared(attempt: Attempt, release: Release) -> bool:
    """Whether the release may be switched to now. If not, the deployment waits from here on, and its claim is to be
    given back. What takes an operator already (a rollback, an apply, a version) asks for nobody else.
    """
    deployment = attempt.deployment
    if deployment.cause is not Cause.ARTIFACT:
        return True
    if deployment.approved_by is not None or not needs_approval(attempt.workshop.site, deployment.application):
        return is_timely(attempt, release.number)
    attempt.advance(
        Phase.AWAITING_APPROVAL,
        release=release.number,
        told=lambda _: ApprovalAwaited(release.number, deployment.actor),
    )
    attempt.workshop.site.feed.nudge(deployment.id)
    return False
