"""What happened to a deployment: its journal of steps, and its events numbered without a gap."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, func, select, update

from buildsvc.model.deployment import Step
from buildsvc.model.events import Event, Recorded
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import load_event
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import deployment_row, require_fence
from buildsvc.store.ledger.events import add_event

e = t.events.c
s = t.steps.c


class History(Database):
    def append_event(self, deployment_id: str, event: Event) -> Recorded:
        """Store the next event; see `add_event`. Raises NotFound."""
        now = self.clock.now()
        with self.write() as connection:
            deployment_row(connection, deployment_id)
            return add_event(connection, deployment_id, event, now)

    def events(self, deployment_id: str, after: int = 0) -> tuple[Recorded, ...]:
        """In order, those with a number above `after`."""
        query = select(t.events).where(e.deployment == deployment_id, e.number > after).order_by(e.number)
        with self.read() as connection:
            return tuple(Recorded(row.number, row.at, load_event(row.event)) for row in connection.execute(query))

    def begin_step(self, deployment_id: str, fence: int, name: str, data: dict[str, Any]) -> None:
        """Commit that a step may happen from now on. Raises Conflict `lost-claim`."""
        with self.write() as connection:
            require_fence(deployment_row(connection, deployment_id), fence)
            self._add(connection, deployment_id, name, data, done=False)

    def finish_step(self, deployment_id: str, fence: int, name: str, data: dict[str, Any]) -> None:
        """Mark the latest undone step of that name, its data merged with `data`; where there is none, add a done one.
        Raises Conflict `lost-claim`.
        """
        undone = select(t.steps).where(s.deployment == deployment_id, s.name == name, s.done.is_(False))
        with self.write() as connection:
            require_fence(deployment_row(connection, deployment_id), fence)
            row = connection.execute(undone.order_by(s.sequence.desc()).limit(1)).first()
            if row is None:
                self._add(connection, deployment_id, name, data, done=True)
                return
            merged = json.dumps({**json.loads(row.data), **data})
            this = (s.deployment == deployment_id, s.sequence == row.sequence)
            connection.execute(update(t.steps).where(*this).values(data=merged, done=True))

    def steps(self, deployment_id: str) -> tuple[Step, ...]:
        """In order, from sequence 1."""
        query = select(t.steps).where(s.deployment == deployment_id).order_by(s.sequence)
        with self.read() as connection:
            return tuple(
                Step(row.sequence, row.name, json.loads(row.data), row.done, row.at)
                for row in connection.execute(query)
            )

    def _add(self, connection: Connection, deployment_id: str, name: str, data: dict[str, Any], *, done: bool) -> None:
        newest = connection.execute(select(func.max(s.sequence)).where(s.deployment == deployment_id)).scalar_one()
        connection.execute(
            t.steps.insert().values(
                deployment=deployment_id,
                sequence=(newest or 0) + 1,
                name=name,
                data=json.dumps(data),
                done=done,
                at=self.clock.now(),
            )
        )
