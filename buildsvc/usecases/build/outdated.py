"""An application that needs what newer Java releases lack: gets an older base where only a library asks for a newer
one, and is warned of otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from buildpacks.analysis import Analysis
from buildpacks.java import removed
from buildsvc.image.bases import Choice
from buildsvc.model.events import Warned


def settled(
    analysis: Analysis, choice: Choice, lower: Callable[[], Choice] | None
) -> tuple[Choice, tuple[Warned, ...]]:
    """The choice to keep, and warnings of what is missing there.

    `lower` chooses by the application alone, without its libraries' newer classes; None where the release is given.
    """
    lacks = _lacks(analysis, choice)
    if not lacks:
        return choice, ()
    other = lower() if lower else choice
    if other.base.name != choice.base.name and not _lacks(analysis, other):
        newer = choice.base.java
        reason = f"{other.reason} Java {newer}, which a library has classes for, lacks {lacks[0].removed.name}."
        warning = f"A library has classes for a Java release above {other.base.java}: what uses them will fail."
        return replace(other, reason=reason, warning=warning), ()
    java = choice.base.java or 0
    return choice, tuple(Warned("java-removed", lack.tell(java), lack.hint) for lack in lacks)


def _lacks(analysis: Analysis, choice: Choice) -> tuple[removed.Lack, ...]:
    return removed.lacking(analysis, choice.base.java) if choice.base.java else ()
