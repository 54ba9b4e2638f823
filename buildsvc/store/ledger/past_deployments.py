"""The ledger's past deployments, found by what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from buildsvc.model.deployment import Deployment
from buildsvc.model.past import DeploymentFilter
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import as_deployment

d = t.deployments.c


class PastDeployments(Database):
    def find_deployments(self, asked: DeploymentFilter, limit: int) -> tuple[Deployment, ...]:
        """Return those that are meant, `limit` at most, the newest first."""
        with self.read() as connection:
            rows = connection.execute(_chosen(asked).order_by(d.sequence.desc()).limit(limit))
            return tuple(as_deployment(row) for row in rows)

    def ended_since(self, moment: datetime, last: str, limit: int) -> tuple[Deployment, ...]:
        """Return those that ended behind `moment`, and at that moment those with an id behind `last`; in that order."""
        behind = or_(d.ended > moment, and_(d.ended == moment, d.id > last))
        with self.read() as connection:
            rows = connection.execute(select(t.deployments).where(behind).order_by(d.ended, d.id).limit(limit))
            return tuple(as_deployment(row) for row in rows)


def _chosen(asked: DeploymentFilter) -> Select[Any]:
    query = select(t.deployments)
    for column, wanted in (
        (d.application, asked.application),
        (d.component, asked.component),
        (d.actor, asked.actor),
        (d.door, asked.door),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    for column, several in ((d.cause, asked.causes), (d.phase, asked.phases)):
        if several:
            query = query.where(column.in_(several))
    if asked.among is not None:
        query = query.where(d.application.in_(asked.among))
    if asked.since is not None:
        query = query.where(d.created >= asked.since)
    if asked.until is not None:
        query = query.where(d.created < asked.until)
    if asked.before is not None:
        query = query.where(d.sequence < select(d.sequence).where(d.id == asked.before).scalar_subquery())
    return query
