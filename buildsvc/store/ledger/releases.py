"""The ledger's releases, and which of them is live in each component."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from buildpacks.errors import NotFound
from buildsvc.model.application import Component
from buildsvc.model.deployment import Phase
from buildsvc.model.release import BuildFacts, ImageRef, Release
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.deployments import d, deployment_row, require_fence

r = t.releases.c
_live = t.live.c


@dataclass(frozen=True)
class LiveRelease:
    """What a component runs: since when, by which deployment, and the release that it replaced."""

    release: Release
    deployment: str
    since: datetime
    previous: int | None


def as_release(row: Row[Any]) -> Release:
    """Read a release from its row."""
    return Release(
        id=row.id,
        application=row.application,
        component=row.component,
        number=row.number,
        artifact=row.artifact,
        filename=row.filename,
        image=load(ImageRef, row.image),
        build=load(BuildFacts, row.build),
        spec=load(Component, row.spec),
        created=row.created,
        pruned=row.pruned,
    )


def _of(application: str, component: str) -> tuple[Any, Any]:
    return (r.application == application, r.component == component)


def _find(connection: Connection, application: str, component: str, number: int) -> Release:
    row = connection.execute(select(t.releases).where(*_of(application, component), r.number == number)).one_or_none()
    if row is None:
        newest = connection.execute(select(func.max(r.number)).where(*_of(application, component))).scalar_one()
        key = "no-such-release" if newest else "no-such-release.none"
        raise NotFound(key, application=application, number=number, component=component, newest=newest)
    return as_release(row)


class Releases(Database):
    def create_release(
        self,
        *,
        application: str,
        component: str,
        artifact: str,
        filename: str,
        image: ImageRef,
        build: BuildFacts,
        spec: Component,
    ) -> Release:
        """Create a release with the component's next number, counted from 1."""
        with self.write() as connection:
            newest = connection.execute(select(func.max(r.number)).where(*_of(application, component))).scalar_one()
            release = Release(
                id=self.ids.new(),
                application=application,
                component=component,
                number=(newest or 0) + 1,
                artifact=artifact,
                filename=filename,
                image=image,
                build=build,
                spec=spec,
                created=self.clock.now(),
            )
            nouns = {"image": dump(ImageRef, image), "build": dump(BuildFacts, build), "spec": dump(Component, spec)}
            connection.execute(t.releases.insert().values(**{**vars(release), **nouns}))
        return release

    def release(self, application: str, component: str, number: int) -> Release:
        """Return the release of this number. Raises NotFound `no-such-release`."""
        with self.read() as connection:
            return _find(connection, application, component, number)

    def releases(self, application: str, component: str) -> tuple[Release, ...]:
        """Newest first."""
        query = select(t.releases).where(*_of(application, component)).order_by(r.number.desc())
        with self.read() as connection:
            return tuple(as_release(row) for row in connection.execute(query))

    def served(self, application: str, component: str) -> tuple[int, ...]:
        """Return the releases that answered requests at some time, the newest such deployment's first."""
        with self.read() as connection:
            return _served(connection, application, component)

    def stood(self, application: str, component: str) -> tuple[int, ...]:
        """Return the releases that answered requests and were not switched back from, the newest such deployment's
        first. What the component ran before it was removed counts.
        """
        with self.read() as connection:
            return _served(connection, application, component, d.phase.in_((Phase.LIVE, Phase.SETTLED)))

    def set_live(
        self, application: str, component: str, release_number: int, deployment_id: str, *, fence: int | None
    ) -> LiveRelease:
        """Record that a release answers requests now. Raises Conflict `lost-claim`, NotFound."""
        now = self.clock.now()
        with self.write() as connection:
            require_fence(deployment_row(connection, deployment_id), fence)
            release = _find(connection, application, component, release_number)
            former = _row(connection, application, component)
            previous = None if former is None else former.release
            if former is not None and previous == release_number:
                previous = former.previous
            new = {"release": release_number, "deployment": deployment_id, "since": now, "previous": previous}
            statement = insert(t.live).values(application=application, component=component, **new)
            connection.execute(statement.on_conflict_do_update(index_elements=["application", "component"], set_=new))
        return LiveRelease(release, deployment_id, now, previous)

    def live(self, application: str, component: str) -> LiveRelease | None:
        with self.read() as connection:
            row = _row(connection, application, component)
            return None if row is None else _as_live(connection, row)

    def live_all(self, application: str) -> dict[str, LiveRelease]:
        """By component; those that run nothing are left out."""
        with self.read() as connection:
            rows = connection.execute(select(t.live).where(_live.application == application)).all()
            return {row.component: _as_live(connection, row) for row in rows}

    def restore_previous_live(self, application: str, component: str, deployment_id: str, *, fence: int | None) -> None:
        """Record that `deployment_id` was switched back: the release before it answers again, or none does. Nothing
        changes when another deployment is live by now. Raises Conflict `lost-claim`.
        """
        with self.write() as connection:
            require_fence(deployment_row(connection, deployment_id), fence)
            row = _row(connection, application, component)
            if row is None or row.deployment != deployment_id:
                return
            this = (_live.application == application, _live.component == component)
            if row.previous is None:
                connection.execute(delete(t.live).where(*this))
            else:
                served = _served(connection, application, component)
                earlier = next((number for number in served if number not in {row.previous, row.release}), None)
                back = {"release": row.previous, "previous": earlier, "since": self.clock.now()}
                connection.execute(update(t.live).where(*this).values(**back))

    def clear_live(self, application: str, component: str) -> None:
        """Record that a component runs nothing."""
        with self.write() as connection:
            connection.execute(delete(t.live).where(_live.application == application, _live.component == component))


def _row(connection: Connection, application: str, component: str) -> Row[Any] | None:
    query = select(t.live).where(_live.application == application, _live.component == component)
    return connection.execute(query).one_or_none()


def _served(connection: Connection, application: str, component: str, *more: Any) -> tuple[int, ...]:
    same = (d.application == application, d.component == component, d.live_at.is_not(None), d.release.is_not(None))
    query = select(d.release).where(*same, *more).order_by(d.sequence.desc())
    return tuple(dict.fromkeys(connection.execute(query).scalars()))


def _as_live(connection: Connection, row: Row[Any]) -> LiveRelease:
    release = _find(connection, row.application, row.component, row.release)
    return LiveRelease(release, row.deployment, row.since, row.previous)
