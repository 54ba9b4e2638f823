"""What a component says of its data: how it is written out and read in, and whether a step of it can be undone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Migration:
    """`x-buildsvc.migrate`: whether the data that this version of the component leaves can be used by the one before.
    `step` names where its data is; where it is "" every version that brings other bytes is a step.
    """

    undo: bool
    step: str = ""


@dataclass(frozen=True)
class DataCommands:
    """Commands that run inside the component's container: `backup` writes its data to standard output, `restore` takes
    that from standard input. Empty where there is none.
    """

    backup: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    migrate: Migration | None = None
