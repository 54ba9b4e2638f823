"""The ledger's versions of applications: written once, never changed, numbered per application."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.version import ApplicationSnapshot, Version
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database

_v = t.versions.c


class Versions(Database):
    def create_version(
        self,
        application: str,
        snapshot: ApplicationSnapshot,
        *,
        name: str | None,
        note: str,
        actor: str,
        origin: str = "",
    ) -> Version:
        """Write a version down under the next number; without a `name` that is `v` and the number. Raises Conflict
        `version-name-taken`.
        """
        with self.write() as connection:
            number = (connection.execute(_largest(application)).scalar_one_or_none() or 0) + 1
            version = Version(
                id=self.ids.new(),
                application=application,
                number=number,
                name=name or f"v{number}",
                note=note,
                snapshot=snapshot,
                actor=actor,
                created=self.clock.now(),
                origin=origin,
            )
            if _named(connection, application, version.name) is not None:
                raise Conflict("version-name-taken", application=application, name=version.name)
            row = {**vars(version), "snapshot": dump(ApplicationSnapshot, snapshot)}
            connection.execute(t.versions.insert().values(**row))
        return version

    def versions(self, application: str | None = None) -> tuple[Version, ...]:
        """Of one application or of all, the newest first."""
        query = select(t.versions).order_by(_v.application, _v.number.desc())
        if application is not None:
            query = query.where(_v.application == application)
        with self.read() as connection:
            return tuple(_as_version(row) for row in connection.execute(query))

    def version(self, application: str, wanted: str) -> Version:
        """By its name or its number. Raises NotFound `no-such-version`."""
        with self.read() as connection:
            row = _named(connection, application, wanted)
            if row is None and wanted.isdecimal():
                same = (_v.application == application, _v.number == int(wanted))
                row = connection.execute(select(t.versions).where(*same)).one_or_none()
            if row is not None:
                return _as_version(row)
            names = connection.execute(select(_v.name).where(_v.application == application)).scalars().all()
        raise NotFound("no-such-version", application=application, wanted=wanted, names=list(names))


def _largest(application: str) -> Any:
    return select(func.max(_v.number)).where(_v.application == application)


def _named(connection: Connection, application: str, name: str) -> Row[Any] | None:
    return connection.execute(select(t.versions).where(_v.application == application, _v.name == name)).one_or_none()


def _as_version(row: Row[Any]) -> Version:
    return Version(
        id=row.id,
        application=row.application,
        number=row.number,
        name=row.name,
        note=row.note,
        snapshot=load(ApplicationSnapshot, row.snapshot),
        actor=row.actor,
        created=row.created,
        origin=row.origin,
    )
