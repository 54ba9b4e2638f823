"""Data around a change of a whole application: written out before it, and what cannot be undone asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.model.data_ahead import PassedStep, Writing, passed_steps, unsaved, written_out
from buildsvc.model.data_events import DumpLeftOut, ReturnNeedsRestore
from buildsvc.model.deployment import Cause
from buildsvc.model.dump import Dump
from buildsvc.model.raised import warned
from buildsvc.model.version import ApplicationSnapshot, Version
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.save.dumping import Wanted, dump, dumps_of
from buildsvc.usecases.site import Site

NOW = "live"
"""What the end of the chain is called that runs now."""
_STEP, _KEPT = "dump:", "data-kept"


@dataclass(frozen=True)
class DataOutlook:
    """What a change means for data. `written` is written out before it; `ahead` are the steps that it takes and that
    cannot be undone, `behind` those that it would have to undo; `dumps` is what to restore then, the newest of each
    component.
    """

    written: tuple[Writing, ...] = ()
    ahead: tuple[PassedStep, ...] = ()
    behind: tuple[PassedStep, ...] = ()
    dumps: tuple[Dump, ...] = ()

    @property
    def irreversible(self) -> tuple[str, ...]:
        """The components for which going back means restoring, once the change has begun."""
        names = [one.component for one in self.written if one.changes]
        return tuple(dict.fromkeys([*names, *(one.component for one in self.ahead)]))


def data_outlook(
    site: Site,
    name: str,
    cause: Cause,
    versions: tuple[Version | None, Version],
    snapshots: tuple[ApplicationSnapshot, ApplicationSnapshot],
) -> DataOutlook:
    """Look ahead from what an application is at to a version: `versions` before and after, `snapshots` now and then."""
    if cause is Cause.INSTALL:
        return DataOutlook()
    (before, after), (now, then) = versions, snapshots
    back = cause is Cause.ROLLBACK if before is None else before.number > after.number
    between = _between(site, before, after)
    if back:
        at = [] if before is None else [(before.name, before.snapshot)]
        behind = passed_steps([(after.name, then), *between, *at, (NOW, now)])
        dumps = _newest(site, name, after) if behind else ()
        return DataOutlook(written_out(now, then), (), behind, dumps)
    return DataOutlook(written_out(now, then), passed_steps([(NOW, now), *between, (after.name, then)]))


def require_data_kept(found: DataOutlook, wanted: Version, without: Sequence[str], restored: Sequence[str]) -> None:
    """Raise Refused `no-backup-command` where the image of a component changes below its data and nothing writes that
    out, and `not-undone` where steps would have to be undone that cannot be; unless the components are named.
    """
    lacking = unsaved(found.written, without)
    if lacking:
        raise Refused("no-backup-command", version=wanted.name, names=lacking, first=lacking[0])
    left = [one for one in found.behind if one.component not in restored]
    if left:
        steps = [sentence("not-undone.step", component=o.component, step=o.step, version=o.version) for o in left]
        commands = [sentence("not-undone.restore", **_named(one)) for one in found.dumps]
        first = left[0].component
        if not commands:
            raise Refused("not-undone.nothing-kept", version=wanted.name, steps=steps, first=first)
        raise Refused("not-undone.restorable", version=wanted.name, steps=steps, first=first, commands=commands)


def write_out(attempt: Attempt, found: DataOutlook, at: Version | None, without: Sequence[str]) -> None:
    """Make the dumps, each once for a change, also when a worker was lost in the middle. Raises as `dump` does."""
    journal = attempt.journal
    if journal.began(_KEPT):
        return
    made = {one.name.removeprefix(_STEP) for one in journal.steps() if one.name.startswith(_STEP) and one.done}
    left = tuple(one.component for one in found.written if one.component in without)
    if left:
        attempt.publish(DumpLeftOut(left, attempt.deployment.actor))
    for one in found.written:
        if one.command and one.component not in {*made, *left}:
            journal.step(f"{_STEP}{one.component}")
            journal.done(f"{_STEP}{one.component}", dump=dump(attempt, Wanted(one.component, one.command, at)).name)
    journal.step(_KEPT, irreversible=list(found.irreversible))
    journal.done(_KEPT)
    if found.irreversible:
        attempt.publish(ReturnNeedsRestore(found.irreversible))


def look_at_data(attempt: Attempt) -> None:
    """After a change that was taken back: say whose data may be what the former version cannot use, and what was
    written out before.
    """
    steps = attempt.journal.steps()
    touched = next((one.data.get("irreversible") for one in steps if one.name == _KEPT), None)
    if not isinstance(touched, list) or not touched:
        return
    application = attempt.deployment.application
    made = [(one.name.removeprefix(_STEP), one.data.get("dump")) for one in steps if one.name.startswith(_STEP)]
    told = [
        sentence("not-undone.restore", application=application, component=component, name=name)
        for component, name in made
        if name
    ]
    attempt.publish(warned("data-left-behind", components=touched, commands=told))


def _between(site: Site, before: Version | None, after: Version) -> list[tuple[str, ApplicationSnapshot]]:
    """Return the versions between the two, oldest first."""
    if before is None or before.application != after.application:
        return []
    low, high = sorted((before.number, after.number))
    found = [one for one in site.ledger.versions(after.application) if low < one.number < high]
    return [(one.name, one.snapshot) for one in sorted(found, key=lambda one: one.number)]


def _newest(site: Site, name: str, at: Version) -> tuple[Dump, ...]:
    """Return the newest dump of each component that was made while the application was at a version."""
    newest: dict[str, Dump] = {}
    for one in dumps_of(site).all(name):
        if one.number == at.number and one.version == at.name:
            newest.setdefault(one.component, one)
    return tuple(newest.values())


def _named(one: Dump) -> dict[str, str]:
    return {"application": one.application, "component": one.component, "name": one.name}
