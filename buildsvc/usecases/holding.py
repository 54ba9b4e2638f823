"""What this process works on: each claim is given back at the end of its work, if need be by a later pass.

The ledger may be locked, or its disk full, at the very moment at which a claim is given back. Its holder lives on, so
to everybody else it looks as if somebody worked on that deployment for ever; only this process knows better.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from buildpacks.errors import Failure
from buildsvc.store.ledger import Claim
from buildsvc.usecases.site import Workshop

log = logging.getLogger(__name__)


@contextmanager
def held(workshop: Workshop, deployment: str) -> Iterator[Claim | None]:
    """Hold the claim on a deployment while the block runs; None where it is not to be had now. Raises NotFound."""
    with workshop.busy.on(deployment):
        claim = workshop.site.ledger.claim(deployment, workshop.holder, workshop.alive)
        try:
            yield claim
        finally:
            if claim is not None:
                _give_back(workshop, claim)


def _give_back(workshop: Workshop, claim: Claim) -> None:
    try:
        workshop.site.ledger.release_claim(claim)
    except Failure as failure:
        log.warning("the claim on %s is given back later: %s", claim.deployment, failure)


def give_back_forgotten(workshop: Workshop) -> None:
    """Give back what this process holds and does not work on. A claim that another got since has a higher fence, and is
    left to it.
    """
    for claim in workshop.site.ledger.claims_of(workshop.holder):
        if not workshop.busy.with_it(claim.deployment):
            workshop.site.ledger.release_claim(claim)
            log.warning("the claim on %s was given back late", claim.deployment)
