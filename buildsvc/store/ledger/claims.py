"""Who works on a deployment: one living holder, first come first served within a component, fenced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select, true, update

from buildsvc.model.deployment import Phase
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import AT_REST, AWAITING, d, deployment_row


@dataclass(frozen=True)
class Claim:
    """The right to work on a deployment until somebody gets a higher `fence`."""

    deployment: str
    fence: int


def _lane(row: Row[Any]) -> tuple[Any, ...]:
    """Return the unended deployments that may not run beside this one; one of the whole application stands in every
    lane, but for those that are its own parts.
    """
    same = or_(d.component == row.component, d.component == "") if row.component else true()
    kin = (d.id != (row.parent or row.id), d.parent.is_distinct_from(row.id))
    return (d.application == row.application, same, d.ended.is_(None), d.id != row.id, *kin)


def _blocked(connection: Connection, row: Row[Any], holder: str, alive: Callable[[str], bool]) -> bool:
    if row.phase == Phase.LIVE:
        # Settling the former one while somebody swaps the next would touch the same slots.
        newer = select(d.holder).where(
            *_lane(row), d.sequence > row.sequence, d.holder.is_not(None), d.holder != holder
        )
        return any(alive(other) for other in connection.execute(newer).scalars() if other is not None)
    earlier = select(d.id).where(*_lane(row), d.sequence < row.sequence, d.phase.not_in(AT_REST)).limit(1)
    return connection.execute(earlier).first() is not None


class Claims(Database):
    def claim(self, deployment_id: str, holder: str, alive: Callable[[str], bool]) -> Claim | None:
        """Claim the deployment for `holder` and return it, or None: it has ended, it waits for somebody's word, a
        living holder has it, or an earlier one of the same component is queued or under way. One that waits for a word
        or soaks blocks no newer one; a soaking one is free for settling unless another living holder works on a newer
        one. `alive` says whether a holder's process lives. Raises NotFound.
        """
        with self.write() as connection:
            row = deployment_row(connection, deployment_id)
            if row.ended is not None or row.phase in AWAITING or (row.holder is not None and alive(row.holder)):
                return None
            if _blocked(connection, row, holder, alive):
                return None
            fence = row.fence + 1
            connection.execute(update(t.deployments).where(d.id == deployment_id).values(holder=holder, fence=fence))
            return Claim(deployment_id, fence)

    def claims_of(self, holder: str) -> tuple[Claim, ...]:
        """Return all that a holder has."""
        with self.read() as connection:
            rows = connection.execute(select(d.id, d.fence).where(d.holder == holder)).all()
            return tuple(Claim(row.id, row.fence) for row in rows)

    def is_abandoned(self, deployment_id: str, alive: Callable[[str], bool]) -> bool:
        """Tell whether nobody who lives works on it. Raises NotFound."""
        with self.read() as connection:
            holder = deployment_row(connection, deployment_id).holder
        return holder is None or not alive(holder)

    def release_claim(self, claim: Claim) -> None:
        """Give it back; harmless when another has it by now."""
        mine = (d.id == claim.deployment, d.fence == claim.fence)
        with self.write() as connection:
            connection.execute(update(t.deployments).where(*mine).values(holder=None))
