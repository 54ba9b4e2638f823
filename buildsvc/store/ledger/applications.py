"""The ledger's applications: what was applied, where it was placed, and what its components last accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from buildpacks.errors import Conflict
from buildsvc.model.adoption import Adoption
from buildsvc.model.application import Application, Component, Placement
from buildsvc.model.artifact import Identity
from buildsvc.model.deployment import Phase
from buildsvc.model.instance import Snapshot
from buildsvc.store import tables as t
from buildsvc.store.ledger.adoptions import forget_adoption, note_adoption
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import AWAITING
from buildsvc.store.ledger.kept import forget_libraries
from buildsvc.store.ledger.near import not_found
from buildsvc.store.ledger.standstill import forget_desired


@dataclass(frozen=True)
class StoredApplication:
    """An application as applied, and who applied it last."""

    application: Application
    placement: Placement
    created: datetime
    updated: datetime
    actor: str


def _stored(row: Row[Any]) -> StoredApplication:
    return StoredApplication(
        load(Application, row.application), load(Placement, row.placement), row.created, row.updated, row.actor
    )


class Applications(Database):
    def applications(self) -> tuple[StoredApplication, ...]:
        with self.read() as connection:
            return tuple(
                _stored(row) for row in connection.execute(select(t.applications).order_by(t.applications.c.name))
            )

    def application_names(self) -> tuple[str, ...]:
        with self.read() as connection:
            return tuple(connection.execute(select(t.applications.c.name).order_by(t.applications.c.name)).scalars())

    def application(self, name: str) -> StoredApplication:
        """Return the application of this name. Raises NotFound `no-such-application`."""
        with self.read() as connection:
            row = connection.execute(select(t.applications).where(t.applications.c.name == name)).one_or_none()
            if row is None:
                raise not_found("application", name, connection.execute(select(t.applications.c.name)).scalars())
            return _stored(row)

    def component(self, application: str, component: str) -> Component:
        """Return the component. Raises NotFound `no-such-application` or `no-such-component`."""
        stored = self.application(application).application
        found = stored.component(component)
        if found is None:
            raise not_found("component", component, (c.name for c in stored.components), application)
        return found

    def save_application(
        self, application: Application, placement: Placement, *, actor: str, adoption: Adoption | None = None
    ) -> None:
        """Install or update; `created` stays what it was. With an `adoption`, that is kept by the same write: without
        it the application would be made anew by whoever looks after it. Raises Conflict `adopted-by-another`.
        """
        now = self.clock.now()
        changed = {
            "application": dump(Application, application),
            "placement": dump(Placement, placement),
            "updated": now,
            "actor": actor,
        }
        statement = insert(t.applications).values(name=application.name, created=now, **changed)
        with self.write() as connection:
            if adoption is not None:
                note_adoption(connection, application.name, adoption)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))

    def remove_application(self, name: str, *, by: str | None = None) -> None:
        """Forget an application: its configuration, secrets, identities, libraries that are kept for its next jars,
        snapshot and what is live. Its deployments
        and releases stay as history; waiting ones are cancelled, soaking ones settled. Raises NotFound, and Conflict
        `deployment-running` while one is being built or swapped; `by`, the deployment that
        removes it, is left alone.
        """
        self.application(name)
        mine = and_(t.deployments.c.application == name, t.deployments.c.id != (by or ""))
        phase = t.deployments.c.phase
        now = self.clock.now()
        with self.write() as connection:
            running = select(t.deployments).where(mine, phase.in_((Phase.BUILDING, Phase.SWAPPING)))
            busy = connection.execute(running).first()
            if busy is not None:
                raise Conflict(
                    "deployment-running", deployment=busy.id, name=name, component=busy.component, phase=busy.phase
                )
            untouched = (Phase.QUEUED.value, *AWAITING)
            for before, after in ((untouched, Phase.CANCELLED), ((Phase.LIVE.value,), Phase.SETTLED)):
                ended = update(t.deployments).where(mine, phase.in_(before))
                connection.execute(ended.values(phase=after.value, ended=now))
            for table in (t.secrets, t.identities, t.snapshots, t.live):
                connection.execute(delete(table).where(table.c.application == name))
            forget_libraries(connection, name)
            forget_desired(connection, name)
            forget_adoption(connection, name)
            connection.execute(delete(t.applications).where(t.applications.c.name == name))

    def identity(self, application: str, component: str) -> Identity | None:
        """Return what the artifact that this component last accepted said of itself."""
        where = (t.identities.c.application == application, t.identities.c.component == component)
        with self.read() as connection:
            text = connection.execute(select(t.identities.c.identity).where(*where)).scalar_one_or_none()
            return None if text is None else load(Identity, text)

    def remember_identity(self, application: str, component: str, identity: Identity) -> None:
        text = dump(Identity, identity)
        statement = insert(t.identities).values(application=application, component=component, identity=text)
        with self.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["application", "component"], set_={"identity": text})
            )

    def save_snapshots(self, snapshots: Iterable[Snapshot]) -> None:
        """Replace the last look at each of these applications, in one write."""
        rows = [{"application": one.application, "snapshot": dump(Snapshot, one)} for one in snapshots]
        if not rows:
            return
        statement = insert(t.snapshots)
        replaced = {"snapshot": statement.excluded.snapshot}
        with self.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["application"], set_=replaced), rows)

    def snapshot(self, application: str) -> Snapshot | None:
        with self.read() as connection:
            query = select(t.snapshots.c.snapshot).where(t.snapshots.c.application == application)
            text = connection.execute(query).scalar_one_or_none()
            return None if text is None else load(Snapshot, text)

    def snapshots(self) -> tuple[Snapshot, ...]:
        query = select(t.snapshots.c.snapshot).order_by(t.snapshots.c.application)
        with self.read() as connection:
            return tuple(load(Snapshot, text) for text in connection.execute(query).scalars())
