"""Make a version of an application: asked for at a door, taken by a worker, who alone may ask the engine."""

from __future__ import annotations

from buildpacks.errors import Conflict, Refused
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.version import same
from buildsvc.model.version_events import VersionMade
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions.snapshots import snapshot

_LONGEST_NAME, _LONGEST_NOTE = 60, 2000
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+")


def submit(site: Site, application: str, *, name: str | None, note: str, actor: str, door: str) -> Accepted:
    """Queue the making of a version. Raises NotFound, Refused `bad-version-name`, Conflict `version-name-taken`."""
    site.ledger.application(application)
    if name is not None:
        _check_name(site, application, name)
    if len(note) > _LONGEST_NOTE:
        raise Refused("note-too-long", most=_LONGEST_NOTE)
    deployment = site.ledger.create_deployment(
        application=application,
        component="",
        cause=Cause.VERSION,
        artifact=None,
        release=None,
        actor=actor,
        door=door,
    )
    site.ledger.remember(_asked(deployment.id), {"name": name, "note": note})
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.version", application=application)


def create(attempt: Attempt) -> None:
    """Take the snapshot and write it down, unless the newest version says the same already. Run again after a lost
    worker it does the same.
    """
    attempt.advance(Phase.BUILDING)
    ledger, application = attempt.workshop.site.ledger, attempt.deployment.application
    asked = ledger.recall(_asked(attempt.deployment.id))
    taken = snapshot(attempt.workshop, application, attempt.publish)
    newest = next(iter(ledger.versions(application)), None)
    new = newest is None or not same(newest.snapshot, taken)
    if newest is None or new:
        newest = ledger.create_version(
            application, taken, name=asked["name"], note=asked["note"], actor=attempt.deployment.actor
        )
    attempt.publish(VersionMade(newest.number, newest.name, new=new))
    attempt.settle()


def _check_name(site: Site, application: str, name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not set(name) <= _LETTERS or name.isdecimal():
        raise Refused("bad-version-name", name=name[:_LONGEST_NAME])
    taken = next((one for one in site.ledger.versions(application) if one.name == name), None)
    if taken is not None:
        raise Conflict("version-name-taken", application=application, name=name)


def _asked(deployment: str) -> str:
    return f"version:{deployment}"
