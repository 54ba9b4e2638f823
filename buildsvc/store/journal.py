"""The journal that engines write their steps to, kept in the ledger under a claim.

It has the shape of `Journal` in the engines' contract; wiring joins the two.
"""

from __future__ import annotations

from buildsvc.model.deployment import Step
from buildsvc.store.ledger import Claim, Ledger


class LedgerJournal:
    """Each write is committed when it returns, and raises Conflict `lost-claim` when another worker took over."""

    def __init__(self, ledger: Ledger, claim: Claim) -> None:
        self._ledger = ledger
        self._claim = claim

    @property
    def deployment(self) -> str:
        return self._claim.deployment

    def step(self, name: str, **data: object) -> None:
        """Before something happens: say that it may have."""
        self._ledger.begin_step(self._claim.deployment, self._claim.fence, name, data)

    def done(self, name: str, **data: object) -> None:
        """After it happened: the latest undone step of that name is done, its data merged with this."""
        self._ledger.finish_step(self._claim.deployment, self._claim.fence, name, data)

    def steps(self) -> tuple[Step, ...]:
        return self._ledger.steps(self._claim.deployment)

    def cancelled(self) -> bool:
        return self._ledger.cancel_requested(self._claim.deployment)
