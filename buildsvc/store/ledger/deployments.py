"""The ledger's deployments: made once, led from phase to phase, and never changed after their end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from buildpacks.errors import Conflict, Failure, NotFound
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Event, Failed
from buildsvc.model.raised import failed, sentence_of
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.events import add_event

d = t.deployments.c
AWAITING = tuple(one.value for one in Phase if one.awaiting)
AT_REST = tuple(one.value for one in Phase if one.at_rest)


def as_deployment(row: Row[Any]) -> Deployment:
    return Deployment(
        id=row.id,
        application=row.application,
        component=row.component,
        cause=Cause(row.cause),
        phase=Phase(row.phase),
        artifact=row.artifact,
        release=row.release,
        actor=row.actor,
        door=row.door,
        created=row.created,
        live_at=row.live_at,
        ended=row.ended,
        error_code=row.error_code,
        error_message=row.error_message,
        error_hint=row.error_hint,
        error_said=None if row.error_said is None else json.loads(row.error_said),
        parent=row.parent,
        approved_by=row.approved_by,
        early_by=row.early_by,
    )


def deployment_row(connection: Connection, deployment_id: str) -> Row[Any]:
    """Return the row of a deployment. Raises NotFound `no-such-deployment`."""
    row = connection.execute(select(t.deployments).where(d.id == deployment_id)).one_or_none()
    if row is None:
        raise NotFound("no-such-deployment", deployment=deployment_id)
    return row


def require_fence(row: Row[Any], fence: int | None) -> None:
    """Raise Conflict `lost-claim` when another worker claimed the deployment since `fence` was given out."""
    if fence is not None and row.fence != fence:
        raise Conflict("lost-claim", deployment=row.id, fence=row.fence, own=fence)


class Deployments(Database):
    def create_deployment(
        self,
        *,
        application: str,
        component: str,
        cause: Cause,
        artifact: str | None,
        release: int | None,
        actor: str,
        door: str,
        parent: str | None = None,
    ) -> Deployment:
        """Create a deployment, queued behind the earlier ones of its component; `parent` is the one that it is part of,
        which it does not wait for.
        """
        deployment = Deployment(
            id=self.ids.new(),
            application=application,
            component=component,
            cause=cause,
            phase=Phase.QUEUED,
            artifact=artifact,
            release=release,
            actor=actor,
            door=door,
            created=self.clock.now(),
            parent=parent,
        )
        row = {**vars(deployment), "cause": cause.value, "phase": Phase.QUEUED.value, "cancel": False, "fence": 0}
        with self.write() as connection:
            connection.execute(t.deployments.insert().values(**row))
        return deployment

    def deployment(self, deployment_id: str) -> Deployment:
        """Return the deployment with this id. Raises NotFound `no-such-deployment`."""
        with self.read() as connection:
            return as_deployment(deployment_row(connection, deployment_id))

    def deployments(
        self,
        application: str | None = None,
        component: str | None = None,
        limit: int = 50,
        among: Iterable[str] | None = None,
    ) -> tuple[Deployment, ...]:
        """Newest first; `among`: only those of these applications."""
        query = select(t.deployments).order_by(d.sequence.desc()).limit(limit)
        if application is not None:
            query = query.where(d.application == application)
        if component is not None:
            query = query.where(d.component == component)
        if among is not None:
            query = query.where(d.application.in_(tuple(among)))
        with self.read() as connection:
            return tuple(as_deployment(row) for row in connection.execute(query))

    def unended(self) -> tuple[Deployment, ...]:
        """Oldest first: what is waiting, under way, or soaking."""
        query = select(t.deployments).where(d.ended.is_(None)).order_by(d.sequence)
        with self.read() as connection:
            return tuple(as_deployment(row) for row in connection.execute(query))

    def advance(
        self,
        deployment_id: str,
        phase: Phase,
        *,
        fence: int | None = None,
        release: int | None = None,
        failure: Failure | None = None,
        told: Callable[[Deployment], Event] | None = None,
    ) -> Deployment:
        """Lead a deployment to `phase`; what `told` makes of it is stored in the same transaction, so that whoever sees
        the phase sees the event. Raises Conflict `lost-claim`, Conflict `deployment-ended`, NotFound.
        """
        now = self.clock.now()
        with self.write() as connection:
            row = deployment_row(connection, deployment_id)
            require_fence(row, fence)
            require_unended(row)
            new: dict[str, object] = {"phase": phase.value}
            if phase is Phase.LIVE and row.live_at is None:
                new["live_at"] = now
            if phase.ended:
                new["ended"] = now
            if release is not None:
                new["release"] = release
            if failure is not None:
                new |= why(failed(failure))
            connection.execute(update(t.deployments).where(d.id == deployment_id).values(**new))
            led = as_deployment(deployment_row(connection, deployment_id))
            if told is not None:
                add_event(connection, deployment_id, told(led), now)
            return led

    def request_cancel(self, deployment_id: str) -> Deployment:
        """End a deployment that nobody works on yet, with its event; ask whoever works on it to stop at the next step.
        Returns it as it is now. Raises Conflict `deployment-ended`, NotFound.
        """
        now = self.clock.now()
        with self.write() as connection:
            row = deployment_row(connection, deployment_id)
            require_unended(row)
            new: dict[str, object] = {"cancel": True}
            if row.phase in AWAITING or (row.phase == Phase.QUEUED and row.holder is None):
                ended = failed(Failure("cancelled.at-once"))
                new |= {"phase": Phase.CANCELLED.value, "ended": now, **why(ended)}
                add_event(connection, deployment_id, ended, now)
            connection.execute(update(t.deployments).where(d.id == deployment_id).values(**new))
            return as_deployment(deployment_row(connection, deployment_id))

    def supersede(self, newer: Deployment, said: Failed) -> tuple[str, ...]:
        """End the pushes to the same component that were made before `newer` and that nobody works on yet, or that wait
        for somebody's word, with this event; their ids. What is part of a change of the whole stays.
        """
        now = self.clock.now()
        mine = select(d.sequence).where(d.id == newer.id).scalar_subquery()
        same = (d.application == newer.application, d.component == newer.component, d.cause == Cause.ARTIFACT.value)
        untouched = or_(d.phase.in_(AWAITING), and_(d.phase == Phase.QUEUED.value, d.holder.is_(None)))
        waiting = (untouched, d.parent.is_(None), d.sequence < mine)
        with self.write() as connection:
            found = tuple(connection.execute(select(d.id).where(*same, *waiting)).scalars())
            new = {"phase": Phase.CANCELLED.value, "ended": now, **why(said)}
            for one in found:
                connection.execute(update(t.deployments).where(d.id == one).values(**new))
                add_event(connection, one, said, now)
            return found

    def cancel_requested(self, deployment_id: str) -> bool:
        with self.read() as connection:
            return bool(deployment_row(connection, deployment_id).cancel)


def why(said: Failed) -> dict[str, object]:
    """Return the columns of why it failed: in English, and as a sentence that can be told in any language."""
    told = {"error_code": said.code, "error_message": said.message, "error_hint": said.hint}
    return {**told, "error_said": json.dumps(sentence_of(said), ensure_ascii=False)}


def require_unended(row: Row[Any]) -> None:
    if row.ended is not None:
        raise Conflict("deployment-ended", deployment=row.id, phase=row.phase)
