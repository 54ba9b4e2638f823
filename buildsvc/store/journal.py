"""The journal that engines write their steps to, kept in the ledger under a claim.

It has the shape of `Journal` in the engines' contract; wiring joins the two.
"""

from __future__ import annotations

from collections.abc import Callable

from buildsvc.model.deployment import Step
from buildsvc.store.ledger import Claim, Ledger


class Interrupted(BaseException):
    """The process is to end: the work stays where its journal is, for recovery. No failure, so nothing is undone."""


class LedgerJournal:
    """Each write is committed when it returns, and raises Conflict `lost-claim` when another worker took over.

    `stopping` is asked before each step, and while an engine waits.
    """

    def __init__(self, ledger: Ledger, claim: Claim, stopping: Callable[[], bool] = lambda: False) -> None:
        self._ledger = ledger
        self._stopping = stopping
        self._claim = claim

    @property
    def deployment(self) -> str:
        return self._claim.deployment

    def step(self, name: str, **data: object) -> None:
        """Before something happens: say that it may have. Raises Interrupted."""
        self._stop_if_asked()
        self._ledger.begin_step(self._claim.deployment, self._claim.fence, name, data)

    def done(self, name: str, **data: object) -> None:
        """After it happened: the latest undone step of that name is done, its data merged with this."""
        self._ledger.finish_step(self._claim.deployment, self._claim.fence, name, data)

    def steps(self) -> tuple[Step, ...]:
        return self._ledger.steps(self._claim.deployment)

    def began(self, *names: str) -> bool:
        """Whether a step of one of these names was begun."""
        return any(step.name in names for step in self.steps())

    def cancelled(self) -> bool:
        """Whether somebody asked to stop this deployment. Raises Interrupted."""
        self._stop_if_asked()
        return self._ledger.cancel_requested(self._claim.deployment)

    def _stop_if_asked(self) -> None:
        if self._stopping():
            raise Interrupted(f"deployment {self._claim.deployment} is left to recovery")
