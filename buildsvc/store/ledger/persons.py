"""Persons: who they are, what proves it, which roles they have. Of passwords there are slow hashes only."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from buildpacks.errors import Conflict, Failure
from buildsvc.model.access import EVERYWHERE, Grants, Role
from buildsvc.model.person import BY_DIRECTORY, BY_PASSWORD, Person, name_key
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.near import not_found

p = t.persons.c


@dataclass(frozen=True)
class KeptPassword:
    """The hash of a person's password, None where he has none, and those of his former ones, the newest first."""

    now: str | None
    former: tuple[str, ...]


class Persons(Database):
    def add_person(
        self,
        name: str,
        grants: Grants,
        *,
        password: str | None = None,
        subject: str | None = None,
        by: str = BY_DIRECTORY,
        actor: str = "",
    ) -> Person:
        """Add a person; `password` is the hash of one that he has to change. Without one the site's directory, or
        what else `by` names, proves who he is, and calls him `subject`. Raises Conflict `person-exists`, also where a
        token has the name: what was done by either could not be told apart.
        """
        now, identifier = self.clock.now(), self.ids.new()
        row = {
            "id": identifier, "name": name, "key": name_key(name), "password": password,
            "proven_by": BY_PASSWORD if password else by, "subject": subject,
            "password_set": now if password else None, "temporary": bool(password), "former": "[]",
            "second_factor": False, "code_step": 0, "auditor": grants.auditor, "created": now, "actor": actor,
        }  # fmt: skip
        with self.write() as connection:
            if _taken(connection, name):
                raise Conflict("person-exists", name=name)
            connection.execute(t.persons.insert().values(**row))
            for application, role in grants.listed().items():
                _grant(connection, identifier, application, Role(role))
            return _one(connection, p.id == identifier)

    def persons(self) -> tuple[Person, ...]:
        """Return all of them, by name."""
        with self.read() as connection:
            rows = connection.execute(select(t.persons).order_by(p.key)).all()
            return tuple(_person(connection, row) for row in rows)

    def person(self, identifier: str) -> Person | None:
        """Find the one with this id; None when he was removed."""
        with self.read() as connection:
            row = connection.execute(select(t.persons).where(p.id == identifier)).one_or_none()
            return None if row is None else _person(connection, row)

    def known_person(self, name: str) -> Person | None:
        """Find the one of this name, however it is written; None where there is none."""
        with self.read() as connection:
            row = connection.execute(select(t.persons).where(p.key == name_key(name))).one_or_none()
            return None if row is None else _person(connection, row)

    def person_proven(self, by: str, subject: str) -> Person | None:
        """Find the one whom `by` calls `subject`; None where there is none."""
        with self.read() as connection:
            this = (p.proven_by == by, p.subject == subject)
            row = connection.execute(select(t.persons).where(*this)).one_or_none()
            return None if row is None else _person(connection, row)

    def person_named(self, name: str) -> Person:
        """Find the one of this name. Raises NotFound `no-such-person`."""
        with self.read() as connection:
            return _one(connection, p.key == name_key(name), name)

    def remove_person(self, name: str) -> Person:
        """His sessions, tokens and roles go with him. Raises NotFound `no-such-person`."""
        with self.write() as connection:
            person = _one(connection, p.key == name_key(name), name)
            connection.execute(delete(t.tokens).where(t.tokens.c.person == person.id))
            connection.execute(delete(t.sessions).where(t.sessions.c.person == person.id))
            connection.execute(delete(t.person_roles).where(t.person_roles.c.person == person.id))
            connection.execute(delete(t.persons).where(p.id == person.id))
            return person

    def set_grants(self, identifier: str, grants: Grants) -> None:
        """Replace all that somebody may."""
        with self.write() as connection:
            connection.execute(update(t.persons).where(p.id == identifier).values(auditor=grants.auditor))
            connection.execute(delete(t.person_roles).where(t.person_roles.c.person == identifier))
            for application, role in grants.listed().items():
                _grant(connection, identifier, application, Role(role))

    def password_of(self, identifier: str) -> KeptPassword:
        """Return what is kept of somebody's password. Raises NotFound `no-such-person`."""
        with self.read() as connection:
            row = connection.execute(select(p.password, p.former).where(p.id == identifier)).one_or_none()
            if row is None:
                raise not_found("person", identifier, ())
            return KeptPassword(row.password, tuple(json.loads(row.former)))

    def set_password(
        self, identifier: str, digest: str, *, temporary: bool, former: tuple[str, ...], keep: str = ""
    ) -> None:
        """Keep a new password, as a hash; every session but `keep` ends. `former` are the hashes to remember."""
        now = self.clock.now()
        new = {"password": digest, "password_set": now, "temporary": temporary, "former": json.dumps(former)}
        with self.write() as connection:
            connection.execute(update(t.persons).where(p.id == identifier).values(**new))
            s = t.sessions.c
            theirs = (s.person == identifier, s.ended.is_(None), s.id != keep)
            connection.execute(update(t.sessions).where(*theirs).values(ended=now))

    def rehashed(self, identifier: str, digest: str) -> None:
        """Keep the same password, hashed as it is done by now."""
        with self.write() as connection:
            connection.execute(update(t.persons).where(p.id == identifier).values(password=digest))

    def set_second_factor(self, identifier: str, *, held: bool, step: int = 0) -> None:
        with self.write() as connection:
            new = {"second_factor": held, "code_step": step}
            connection.execute(update(t.persons).where(p.id == identifier).values(**new))

    def take_code(self, identifier: str, step: int) -> bool:
        """Whether the one-time code of this time step is the first of it; it opens nothing a second time."""
        with self.write() as connection:
            later = (p.id == identifier, p.code_step < step)
            done = connection.execute(update(t.persons).where(*later).values(code_step=step))
            return done.rowcount == 1

    def note_sign_in(self, identifier: str) -> None:
        """Keep when somebody last signed in."""
        now = self.clock.now()
        with suppress(Failure), self.write() as connection:
            connection.execute(update(t.persons).where(p.id == identifier).values(used=now))


def _taken(connection: Connection, name: str) -> bool:
    key = name_key(name)
    if connection.execute(select(p.id).where(p.key == key)).first() is not None:
        return True
    return any(name_key(one) == key for one in connection.execute(select(t.tokens.c.name)).scalars())


def _grant(connection: Connection, person: str, application: str, role: Role) -> None:
    statement = insert(t.person_roles).values(person=person, application=application, role=role.value)
    connection.execute(statement)


def _one(connection: Connection, this: Any, name: str = "") -> Person:
    row = connection.execute(select(t.persons).where(this)).one_or_none()
    if row is None:
        raise not_found("person", name, connection.execute(select(p.name)).scalars())
    return _person(connection, row)


def _person(connection: Connection, row: Row[Any]) -> Person:
    r = t.person_roles.c
    found = connection.execute(select(r.application, r.role).where(r.person == row.id))
    roles = {one.application: Role(one.role) for one in found}
    everywhere = roles.pop(EVERYWHERE, None)
    return Person(
        id=row.id,
        name=row.name,
        proven_by=row.proven_by,
        grants=Grants(everywhere, roles, row.auditor),
        created=row.created,
        actor=row.actor,
        password_set=row.password_set,
        temporary=row.temporary,
        second_factor=row.second_factor,
        used=row.used,
        subject=row.subject,
    )
