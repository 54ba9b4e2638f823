"""Maintenance windows: what changes outside of them waits for the next one, unless an operator lets it go on."""

from __future__ import annotations

import logging
from datetime import datetime

from buildpacks.errors import Conflict, Refused
from buildsvc.model import maintenance
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.waiting_events import LetGoEarly, WindowAwaited, WindowOpened
from buildsvc.usecases.admit.policing import policy_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site

_WAITING = frozenset({Cause.ARTIFACT, Cause.APPLY, Cause.INSTALL, Cause.UPGRADE, Cause.REMOVE})
"""Going back, stopping, starting and repairing never wait: they are what is done when something is wrong."""

log = logging.getLogger(__name__)


def is_timely(attempt: Attempt, release: int | None = None) -> bool:
    """Whether this may change what runs now. If not, the deployment (with the `release` that it built) waits from here
    on, and its claim is to be given back.
    """
    site, deployment = attempt.workshop.site, attempt.deployment
    opens = _opens(site, deployment)
    if opens is None:
        return True
    attempt.advance(Phase.AWAITING_WINDOW, release=release, told=lambda _: WindowAwaited(opens))
    site.feed.nudge(deployment.id)
    return False


def is_whole_timely(attempt: Attempt) -> bool:
    """Ask the same for a change of a whole application, before anything of it is begun."""
    deployment = attempt.deployment
    if deployment.component or deployment.parent or deployment.phase is not Phase.QUEUED:
        return True
    return is_timely(attempt)


def reopen(site: Site) -> None:
    """Queue again what waited for a window that is open now."""
    for deployment in site.ledger.awaiting(Phase.AWAITING_WINDOW):
        if _opens(site, deployment) is None:
            try:
                site.ledger.let_go_on(deployment.id, Phase.AWAITING_WINDOW, WindowOpened())
            except Conflict as ended:
                log.info("%s waits no more: %s", deployment.id, ended)
            else:
                enqueue(site, deployment.id)


def let_go_early(site: Site, deployment_id: str, by: str, reason: str) -> Deployment:
    """Let something go on outside of the windows. Raises Refused `reason-missing`, Conflict `not-awaiting-window`,
    NotFound.
    """
    if not reason.strip():
        raise Refused("reason-missing.early")
    deployment = site.ledger.deployment(deployment_id)
    if deployment.phase is not Phase.AWAITING_WINDOW:
        raise Conflict("not-awaiting-window", deployment=deployment_id, phase=deployment.phase)
    now = site.ledger.let_go_on(deployment_id, Phase.AWAITING_WINDOW, LetGoEarly(by, reason), early_by=by)
    site.feed.nudge(deployment_id)
    enqueue(site, deployment_id)
    return now


def _opens(site: Site, deployment: Deployment) -> datetime | None:
    """When the next window begins; None where it need not wait for one."""
    if deployment.cause not in _WAITING or deployment.early_by is not None:
        return None
    windows = policy_of(site).rules(deployment.application).windows
    here = site.clock.now().astimezone(site.settings.time_zone)
    return None if maintenance.is_open(windows, here) else maintenance.opens(windows, here)
