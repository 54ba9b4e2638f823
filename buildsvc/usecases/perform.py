"""From a deployment's cause to the work that it is: the one place that knows every kind of change."""

from __future__ import annotations

from buildsvc.model.deployment import Cause, Deployment
from buildsvc.usecases.adopt.take import adopt
from buildsvc.usecases.apply.run import apply, remove
from buildsvc.usecases.approve.timely import is_whole_timely
from buildsvc.usecases.attempt import Attempt, Work, carry_out
from buildsvc.usecases.deploy.deploy import deploy
from buildsvc.usecases.save.restoring import back_up, restore
from buildsvc.usecases.site import Workshop
from buildsvc.usecases.stop.again import restart
from buildsvc.usecases.stop.bringing import repair, start
from buildsvc.usecases.stop.still import stop
from buildsvc.usecases.versions.arriving import arrive
from buildsvc.usecases.versions.bring import bring
from buildsvc.usecases.versions.create import create
from buildsvc.usecases.versions.export import export


def perform(workshop: Workshop, deployment_id: str) -> None:
    """Take a deployment as far as it goes now. Does nothing when it has ended, waits for another, or is being run."""
    carry_out(workshop, deployment_id, _by_its_cause)


def _by_its_cause(attempt: Attempt) -> None:
    if is_whole_timely(attempt):
        work_of(attempt.deployment)(attempt)


def work_of(deployment: Deployment) -> Work:
    """Return the work that a deployment is. Most of a component are swaps, whatever they are a part of."""
    if deployment.cause in _OF_EITHER:
        return _OF_EITHER[deployment.cause]
    return deploy if deployment.component else _OF_THE_WHOLE[deployment.cause]


_OF_EITHER: dict[Cause, Work] = {
    Cause.STOP: stop,
    Cause.START: start,
    Cause.REPAIR: repair,
    Cause.RESTART: restart,
    Cause.BACKUP: back_up,
    Cause.RESTORE: restore,
}


_OF_THE_WHOLE: dict[Cause, Work] = {
    Cause.APPLY: apply,
    Cause.REMOVE: remove,
    Cause.VERSION: create,
    Cause.EXPORT: export,
    Cause.IMPORT: arrive,
    Cause.INSTALL: bring,
    Cause.UPGRADE: bring,
    Cause.ADOPT: adopt,
    Cause.ROLLBACK: bring,
}
