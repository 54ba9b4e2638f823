"""Whether the image components that a change made stay up."""

from __future__ import annotations

from dataclasses import dataclass

from buildsvc.model.application import Application
from buildsvc.store.ledger import StoredApplication
from buildsvc.usecases.site import Workshop


@dataclass(frozen=True)
class FallenComponents:
    """Each with its exit code, and the ends of what they wrote."""

    components: tuple[str, ...]
    log_tail: tuple[str, ...]


def fallen_of(
    workshop: Workshop, application: Application, former: StoredApplication | None
) -> FallenComponents | None:
    """Look for some seconds at the image components that were made or changed; those that do not stay up."""
    before = set(former.application.components) if former is not None else set()
    made = frozenset(one.name for one in application.components if not one.is_jar and one not in before)
    fallen = workshop.engine.watch(application, made) if made else ()
    if not fallen:
        return None
    told = tuple(f"{one.component} ({one.exit_code})" for one in fallen)
    return FallenComponents(told, tuple(f"{one.component}: {line}" for one in fallen for line in one.tail))
