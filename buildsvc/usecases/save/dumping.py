"""Write the data of a component out: its backup command runs in its container, and what it writes is kept as a dump."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import DeploymentFailed, Failure, NotFound
from buildpacks.sentences.spelling import size
from buildsvc.engines.inner_programs import Streams
from buildsvc.model.data_events import DumpMade
from buildsvc.model.deployment import Cause
from buildsvc.model.dump import Dump
from buildsvc.model.events import LogLine
from buildsvc.model.instance import Instance
from buildsvc.model.shown_commands import shown_command
from buildsvc.model.version import Version
from buildsvc.store.dumps import Dumps
from buildsvc.store.durable_files import MIB, require_free
from buildsvc.store.journal import Interrupted
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.look.what_runs import what_runs
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)
TELL_EVERY = 5.0
"""Seconds between two lines about how far it is."""

LEFT_FREE = 64 * MIB
"""Bytes that a dump leaves free, however much its command writes: the ledger lies on the same disk."""


@dataclass(frozen=True)
class Wanted:
    """Whose data, and the command that writes it; `at` is the version that the application is at, if any."""

    component: str
    command: tuple[str, ...]
    at: Version | None


def dumps_of(site: Site) -> Dumps:
    """Return the dumps that a site has."""
    return Dumps(site.settings.dumps)


def dump(attempt: Attempt, wanted: Wanted) -> Dump:
    """Make a dump, and let the oldest of the component go. Raises DeploymentFailed `dump-failed`, `not-running`,
    `cancelled`, Refused `disk-full`, `empty-dump`: then none is kept, and nothing is changed.
    """
    instance = running(attempt, wanted.component)
    site, began = attempt.workshop.site, time.monotonic()
    now = site.clock.now()
    planned = Dump(
        name=f"{now:%Y%m%dT%H%M%SZ}-{attempt.deployment.id.replace('-', '')[-10:]}.dump",
        application=attempt.deployment.application,
        component=wanted.component,
        size=0,
        sha256="",
        created=now,
        deployment=attempt.deployment.id,
        image=instance.image,
        version=wanted.at.name if wanted.at is not None else "",
        number=wanted.at.number if wanted.at is not None else None,
    )

    def write(path: Path) -> None:
        tell = teller(attempt, wanted.component)

        def told(passed: int) -> None:
            require_free(path.parent, LEFT_FREE)
            tell(passed)

        streams = Streams(target=path, told=told, given_up=giving_up(attempt))
        run(attempt, instance, wanted.command, streams, failing="dump-failed")

    kept = dumps_of(site).keep(planned, write)
    dumps_of(site).trim(kept.application, kept.component, site.settings.keep_dumps, _held(site, kept))
    attempt.publish(DumpMade(kept.component, kept.name, kept.size, kept.sha256, time.monotonic() - began))
    return kept


def _held(site: Site, beside: Dump) -> frozenset[str]:
    """Return the dumps of a component that going back to a version needs, however many are made after them: of each
    version that there still is the newest one, and the newest that a change of the whole made.
    """
    pruned = site.ledger.pruned_versions()
    versions = {one.number for one in site.ledger.versions(beside.application) if one.id not in pruned}
    newest: dict[tuple[int | None, bool], str] = {}
    for one in dumps_of(site).all(beside.application, beside.component):
        if one.number in versions:
            newest.setdefault((one.number, False), one.name)
            if _made_by_change(site, one):
                newest.setdefault((one.number, True), one.name)
    return frozenset(newest.values())


def _made_by_change(site: Site, one: Dump) -> bool:
    try:
        return site.ledger.deployment(one.deployment).cause is not Cause.BACKUP
    except NotFound:
        return True


def run(attempt: Attempt, instance: Instance, command: tuple[str, ...], streams: Streams, *, failing: str) -> None:
    """Run a program inside an instance. Raises DeploymentFailed: `cancelled` where somebody asked for its end,
    `failing` where it does not end with 0.
    """
    try:
        said = attempt.workshop.engine.run_inside(instance.id, command, streams)
    except Failure as failure:
        if failure.code == "program-given-up" and attempt.journal.cancelled():
            left = failure.variant == "left"
            raise DeploymentFailed("cancelled.data-left" if left else "cancelled.data") from failure
        raise
    if said.code:
        values = {"component": instance.component, "command": shown_command(command), "code": said.code}
        raise DeploymentFailed(failing, log_tail=said.tail, **values)


def running(attempt: Attempt, component: str) -> Instance:
    """Return a container of an image component that runs. Raises DeploymentFailed `not-running`."""
    application = attempt.deployment.application
    for one in what_runs(attempt.workshop, application):
        if one.component == component and one.role == "image" and one.state == "running":
            return one
    raise DeploymentFailed("not-running", component=component, application=application)


def teller(attempt: Attempt, component: str) -> Callable[[int], None]:
    """Make what says now and then how many bytes have passed."""
    last = time.monotonic()

    def told(passed: int) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_EVERY:
            last = time.monotonic()
            attempt.publish(LogLine(f"{component}: {size(passed)}"))

    return told


def giving_up(attempt: Attempt) -> Callable[[], bool]:
    """Make what says whether somebody asked for the end of a deployment, or this process is to end."""

    def asked() -> bool:
        try:
            return attempt.journal.cancelled()
        except Interrupted:
            return True
        except Failure as failure:
            # Asked again in a second; without that nothing would end the waiting any more.
            log.warning("whether it is to end is not known: %s", failure)
            return False

    return asked
