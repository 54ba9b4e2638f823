"""Tokens (kept as hashes only) and sealed secret values."""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from buildpacks.errors import Conflict, Failure
from buildsvc.model.access import Role, TokenInfo
from buildsvc.model.person import name_key
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.near import not_found
from buildsvc.store.ledger.signed_in import NOTED_EVERY

PREFIX = "bsv_"


def _digest(plain: str) -> str:
    # A token has 256 random bits: a slow password hash would add nothing but latency to each request.
    return hashlib.sha256(plain.encode()).hexdigest()


def _info(row: Row[Any]) -> TokenInfo:
    only = None if row.applications is None else tuple(json.loads(row.applications))
    return TokenInfo(row.id, row.name, Role(row.role), only, row.created, row.actor, row.expires, row.used, row.person)


class Access(Database):
    def create_token(
        self,
        name: str,
        role: Role,
        applications: tuple[str, ...] | None = None,
        *,
        actor: str = "",
        given: str | None = None,
        expires: datetime | None = None,
        person: str | None = None,
    ) -> tuple[str, TokenInfo]:
        """Create a token; return it and what is kept of it. The token itself is shown here for the only time. Raises
        Conflict `token-exists`. `given` is a token that the site itself chose, for an unattended set-up; `person` the
        id of whose own it is.
        """
        plain = given or PREFIX + secrets.token_urlsafe(32)
        info = TokenInfo(self.ids.new(), name, role, applications, self.clock.now(), actor, expires, None, person)
        only = None if applications is None else json.dumps(applications)
        row = {**vars(info), "role": role.value, "applications": only, "digest": _digest(plain)}
        with self.write() as connection:
            if connection.execute(select(t.tokens.c.id).where(t.tokens.c.name == name)).first() is not None:
                raise Conflict("token-exists", name=name)
            same = select(t.persons.c.id).where(t.persons.c.key == name_key(name))
            if connection.execute(same).first() is not None:
                raise Conflict("token-exists.person", name=name)
            connection.execute(t.tokens.insert().values(**row))
        return plain, info

    def token(self, plain: str) -> TokenInfo | None:
        """Whose token this is, noted as used; None when nobody's, or when its time is over."""
        return self._valid(t.tokens.c.digest == _digest(plain))

    def token_of(self, identifier: str) -> TokenInfo | None:
        """Return the token with this id, noted as used; None when it was revoked, or when its time is over."""
        return self._valid(t.tokens.c.id == identifier)

    def _valid(self, this: ColumnElement[bool]) -> TokenInfo | None:
        with self.read() as connection:
            row = connection.execute(select(t.tokens).where(this)).one_or_none()
        now = self.clock.now()
        if row is None or (row.expires is not None and row.expires <= now):
            return None
        if row.used is None or now - row.used >= NOTED_EVERY:
            # A ledger that cannot be written to still says who somebody is.
            with suppress(Failure), self.write() as connection:
                connection.execute(update(t.tokens).where(t.tokens.c.id == row.id).values(used=now))
        return _info(row)

    def tokens(self) -> tuple[TokenInfo, ...]:
        with self.read() as connection:
            return tuple(_info(row) for row in connection.execute(select(t.tokens).order_by(t.tokens.c.name)))

    def revoke_token(self, name: str) -> TokenInfo:
        """By name or id; it stops working at once. Raises NotFound `no-such-token`."""
        with self.write() as connection:
            this = or_(t.tokens.c.name == name, t.tokens.c.id == name)
            row = connection.execute(select(t.tokens).where(this)).first()
            if row is None:
                raise not_found("token", name, connection.execute(select(t.tokens.c.name)).scalars())
            connection.execute(delete(t.tokens).where(t.tokens.c.id == row.id))
            return _info(row)

    def save_sealed(self, application: str, name: str, sealed: bytes) -> None:
        """Keep a secret's encrypted value; `buildsvc.store.secrets` is what seals and opens it."""
        new = {"sealed": sealed, "updated": self.clock.now()}
        statement = insert(t.secrets).values(application=application, name=name, **new)
        with self.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["application", "name"], set_=new))

    def sealed(self, application: str) -> dict[str, bytes]:
        """Return an application's encrypted secret values by name."""
        query = select(t.secrets.c.name, t.secrets.c.sealed).where(t.secrets.c.application == application)
        with self.read() as connection:
            return {row.name: row.sealed for row in connection.execute(query.order_by(t.secrets.c.name))}

    def remove_sealed(self, application: str, name: str) -> None:
        with self.write() as connection:
            connection.execute(
                delete(t.secrets).where(t.secrets.c.application == application, t.secrets.c.name == name)
            )
