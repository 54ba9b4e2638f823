"""What a change means for data: what is written out before it, which components change theirs, and which steps cannot
be undone. Over snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from buildsvc.model.application import Application
from buildsvc.model.version import ApplicationSnapshot, differences


@dataclass(frozen=True)
class Writing:
    """An image component whose data is written out first by `command`; where that is empty there is none, and somebody
    has to say that it may go without. `changes`: its image changes, and it has volumes.
    """

    component: str
    command: tuple[str, ...]
    changes: bool


@dataclass(frozen=True)
class PassedStep:
    """A step of a component that cannot be undone, and the version that takes it (`live`: what runs now)."""

    component: str
    step: str
    version: str


def written_out(now: ApplicationSnapshot, wanted: ApplicationSnapshot) -> tuple[Writing, ...]:
    """Return what is written out before a change, in the order of the application; nothing where nothing changes."""
    if not differences(now, wanted):
        return ()
    found = []
    for component in now.application.components:
        after = wanted.application.component(component.name)
        # What runs knows best how its data is written out; a version may be the first to say it.
        command = component.data.backup or (after.data.backup if after is not None else ())
        changes = component.holds_data and after is not None and _brings_other_bytes(now, wanted, component.name)
        if not component.is_jar and (command or changes):
            found.append(Writing(component.name, command, changes))
    return tuple(found)


def passed_steps(chain: Sequence[tuple[str, ApplicationSnapshot]]) -> tuple[PassedStep, ...]:
    """Return the steps that cannot be undone on the way along a chain of versions (name, snapshot), oldest first. What
    a version adds has nothing before it.
    """
    found: list[PassedStep] = []
    known = {step for _, first in chain[:1] for step in _steps(first)}
    for (_, before), (name, after) in pairwise(chain):
        for component in after.application.components:
            told, former = component.data.migrate, before.application.component(component.name)
            if told is None or told.undo or former is None:
                continue
            named = (component.name, told.step)
            if named not in known if told.step else _brings_other_bytes(before, after, component.name):
                found.append(PassedStep(*named, name))
        known |= _steps(after)
    return tuple(found)


def _steps(snapshot: ApplicationSnapshot) -> set[tuple[str, str]]:
    """Return where the data of its components is, by their names."""
    told = ((one.name, one.data.migrate) for one in snapshot.application.components)
    return {(name, one.step) for name, one in told if one is not None and one.step}


def unsaved(written: Iterable[Writing], given: Iterable[str]) -> tuple[str, ...]:
    """Return the components whose image changes below their data without a backup, but for those that were named."""
    return tuple(one.component for one in written if not one.command and one.component not in set(given))


def _brings_other_bytes(before: ApplicationSnapshot, after: ApplicationSnapshot, name: str) -> bool:
    jars = before.jar(name), after.jar(name)
    if jars[0] is not None and jars[1] is not None:
        return jars[0].artifact != jars[1].artifact
    if _image(before.application, name) != _image(after.application, name):
        return True
    pinned = before.image(name), after.image(name)
    if pinned[0] is None or pinned[1] is None:
        return False
    known = {one.platform: one.config for one in pinned[0].images}
    return any(known.get(one.platform, one.config) != one.config for one in pinned[1].images)


def _image(application: Application, name: str) -> str | None:
    component = application.component(name)
    return component.image if component is not None else None
