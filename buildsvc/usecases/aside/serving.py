"""What work that is done aside looks at: the releases that serve, and whether a push is under way, which goes first."""

from __future__ import annotations

from collections.abc import Iterator

from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.site import Site


def serving(site: Site) -> Iterator[LiveRelease]:
    """Give what every jar component of every application runs; without those of which no jar is known."""
    for stored in site.ledger.applications():
        for live in site.ledger.live_all(stored.application.name).values():
            if not live.release.is_image_only:
                yield live


def is_busy(site: Site) -> bool:
    """Whether any deployment waits or is under way; a soak keeps nobody waiting."""
    return any(not one.phase.at_rest for one in site.ledger.unended())
