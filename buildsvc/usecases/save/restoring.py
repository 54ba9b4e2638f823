"""Data by hand: a component's data is written out now, or a dump is read into it again."""

from __future__ import annotations

import time
from typing import Literal

from buildpacks.errors import DeploymentFailed, Refused
from buildsvc.engines.inner_programs import Streams
from buildsvc.model.api import Accepted
from buildsvc.model.data_events import DumpRestored
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.look.installed import installed
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.save.dumping import Wanted, dump, dumps_of, giving_up, run, running, teller
from buildsvc.usecases.site import Site

_STEP = "restore"


def submit_backup(site: Site, application: str, component: str, *, actor: str, door: str) -> Accepted:
    """Queue the backup command of a component. Raises NotFound, Refused `no-command`."""
    _command(site, application, component, "backup")
    made = _made(site, (application, component), Cause.BACKUP, actor, door)
    enqueue(site, made.id)
    return accepted(made, "accepted.backup", component=component, application=application)


def submit_restore(
    site: Site, application: str, component: str, name: str, *, confirm: str, actor: str, door: str
) -> Accepted:
    """Queue the restore command of a component, with a dump of it. Raises NotFound, Refused `no-command`,
    `not-confirmed` where `confirm` is not the component's name.
    """
    _command(site, application, component, "restore")
    found, _ = dumps_of(site).find(application, component, name)
    if confirm != component:
        raise Refused("not-confirmed", component=component, name=found.name)
    made = _made(site, (application, component), Cause.RESTORE, actor, door)
    site.ledger.remember(_key(made), found.name)
    enqueue(site, made.id)
    return accepted(made, "accepted.restore", component=component, application=application, name=found.name)


def back_up(attempt: Attempt) -> None:
    """Make a dump of the component. Can be run again from its beginning."""
    attempt.advance(Phase.SWAPPING)
    site, deployment = attempt.workshop.site, attempt.deployment
    command = _command(site, deployment.application, deployment.component, "backup")
    dump(attempt, Wanted(deployment.component, command, installed(site, deployment.application)))
    attempt.settle()


def restore(attempt: Attempt) -> None:
    """Read a dump into the component. Raises DeploymentFailed `restore-interrupted` where a worker was lost in it: how
    far that came nobody knows.
    """
    attempt.advance(Phase.SWAPPING)
    site, deployment = attempt.workshop.site, attempt.deployment
    if attempt.journal.began(_STEP):
        raise DeploymentFailed("restore-interrupted", component=deployment.component)
    command = _command(site, deployment.application, deployment.component, "restore")
    name = str(site.ledger.recall(_key(deployment)))
    found, path = dumps_of(site).find(deployment.application, deployment.component, name)
    dumps_of(site).require_intact(found)
    instance, began = running(attempt, deployment.component), time.monotonic()
    attempt.journal.step(_STEP, dump=found.name)
    streams = Streams(given=path, told=teller(attempt, found.component), given_up=giving_up(attempt))
    run(attempt, instance, command, streams, failing="restore-failed")
    attempt.journal.done(_STEP)
    attempt.publish(DumpRestored(found.component, found.name, found.size, found.sha256, time.monotonic() - began))
    attempt.settle()


def _command(site: Site, application: str, component: str, key: Literal["backup", "restore"]) -> tuple[str, ...]:
    data = site.ledger.component(application, component).data
    command = data.backup if key == "backup" else data.restore
    if not command:
        raise Refused("no-command", component=component, key=key)
    return command


def _key(deployment: Deployment) -> str:
    return f"restore:{deployment.id}"


def _made(site: Site, whose: tuple[str, str], cause: Cause, actor: str, door: str) -> Deployment:
    application, component = whose
    return site.ledger.create_deployment(
        application=application, component=component, cause=cause, artifact=None, release=None, actor=actor, door=door
    )
