"""The ledger's deployments that wait for somebody's word: what is said, and that they go on."""

from __future__ import annotations

from sqlalchemy import func, select, update

from buildpacks.errors import Conflict
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Event, Failed
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import AWAITING, as_deployment, d, deployment_row, require_unended, why
from buildsvc.store.ledger.events import add_event


class Awaiting(Database):
    def awaiting(self, phase: Phase) -> tuple[Deployment, ...]:
        """Return those that stand there, the oldest first."""
        query = select(t.deployments).where(d.phase == phase.value).order_by(d.sequence)
        with self.read() as connection:
            return tuple(as_deployment(row) for row in connection.execute(query))

    def let_go_on(
        self,
        deployment_id: str,
        phase: Phase,
        told: Event,
        *,
        approved_by: str | None = None,
        early_by: str | None = None,
    ) -> Deployment:
        """Queue what waits in `phase` again, behind all that was queued meanwhile, and store the event `told`.
        Raises Conflict `not-awaiting`, Conflict `deployment-ended`, NotFound.
        """
        with self.write() as connection:
            row = deployment_row(connection, deployment_id)
            require_unended(row)
            if row.phase != phase.value:
                raise Conflict("not-awaiting", deployment=deployment_id, phase=row.phase)
            # A change that was begun meanwhile must be over first; whoever looks for earlier ones then finds it.
            last = connection.execute(select(func.max(d.sequence))).scalar_one()
            new: dict[str, object] = {"phase": Phase.QUEUED.value, "sequence": last + 1}
            if approved_by is not None:
                new["approved_by"] = approved_by
            if early_by is not None:
                new["early_by"] = early_by
            connection.execute(update(t.deployments).where(d.id == deployment_id).values(**new))
            led = as_deployment(deployment_row(connection, deployment_id))
            add_event(connection, deployment_id, told, self.clock.now())
            return led

    def end_awaiting(self, deployment_id: str, said: Failed) -> Deployment:
        """End what waits for somebody's word, with this event. Raises Conflict `not-awaiting`, Conflict
        `deployment-ended`, NotFound.
        """
        now = self.clock.now()
        with self.write() as connection:
            row = deployment_row(connection, deployment_id)
            require_unended(row)
            if row.phase not in AWAITING:
                raise Conflict("not-awaiting", deployment=deployment_id, phase=row.phase)
            new = {"phase": Phase.CANCELLED.value, "ended": now, **why(said)}
            connection.execute(update(t.deployments).where(d.id == deployment_id).values(**new))
            add_event(connection, deployment_id, said, now)
            return as_deployment(deployment_row(connection, deployment_id))
