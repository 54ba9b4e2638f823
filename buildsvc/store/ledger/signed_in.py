"""Browsers' sessions: a row each, so that they can be listed and ended; and what failed before anybody was known."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from buildpacks.errors import Failure
from buildsvc.model.access import BrowserSession
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.near import not_found

NOTED_EVERY = timedelta(minutes=1)
"""A use within this time of the last one is not written down: no write for each request."""
KEPT = timedelta(days=30)
"""How long ended sessions are listed."""
s = t.sessions.c


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(row: Row[Any]) -> BrowserSession:
    return BrowserSession(
        row.id, row.token, row.csrf, row.address, row.created, row.used, row.ends, row.ended, row.person
    )


class Sessions(Database):
    def begin_session(
        self, secret: str, token: str, csrf: str, address: str, length: timedelta, *, person: str | None = None
    ) -> BrowserSession:
        """Begin a session of the token with this id, or of a person, known by `secret`, of which only a hash is kept.
        It ends after `length` whatever is done with it.
        """
        now = self.clock.now()
        found = BrowserSession(self.ids.new(), token, csrf, address, now, now, now + length, None, person)
        with self.write() as connection:
            connection.execute(delete(t.sessions).where(s.ends < now - KEPT))
            connection.execute(t.sessions.insert().values(**vars(found), digest=_digest(secret)))
        return found

    def session(self, secret: str, idle: timedelta) -> BrowserSession | None:
        """Return the session that this is the secret of, noted as used; None where it has ended, by itself or by
        somebody.
        """
        now = self.clock.now()
        with self.read() as connection:
            row = connection.execute(select(t.sessions).where(s.digest == _digest(secret))).one_or_none()
        if row is None or row.ended is not None or row.ends <= now or row.used + idle <= now:
            return None
        if now - row.used >= NOTED_EVERY:
            with suppress(Failure), self.write() as connection:
                connection.execute(update(t.sessions).where(s.id == row.id, s.ended.is_(None)).values(used=now))
        return _session(row)

    def sessions(self, idle: timedelta) -> tuple[BrowserSession, ...]:
        """Return those that are open, the last used first."""
        now = self.clock.now()
        query = select(t.sessions).where(s.ended.is_(None), s.ends > now, s.used > now - idle)
        with self.read() as connection:
            return tuple(_session(row) for row in connection.execute(query.order_by(s.used.desc())))

    def end_session(self, identifier: str) -> BrowserSession:
        """End the session: it opens nothing from now on. Raises NotFound `no-such-session`."""
        with self.write() as connection:
            row = connection.execute(select(t.sessions).where(s.id == identifier)).one_or_none()
            if row is None:
                raise not_found("session", identifier, connection.execute(select(s.id)).scalars())
            if row.ended is None:
                connection.execute(update(t.sessions).where(s.id == identifier).values(ended=self.clock.now()))
            return _session(row)

    def note_failures(self, kind: str, key: str, failures: int, until: datetime) -> None:
        """Keep that an address or a name has to wait, over a restart too."""
        new = {"failures": failures, "until": until}
        with self.write() as connection:
            connection.execute(delete(t.throttle).where(t.throttle.c.until < self.clock.now() - KEPT))
            statement = insert(t.throttle).values(kind=kind, key=key, **new)
            connection.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=new))

    def forget_failures(self, kind: str, key: str) -> None:
        with self.write() as connection:
            connection.execute(delete(t.throttle).where(t.throttle.c.kind == kind, t.throttle.c.key == key))

    def waiting(self) -> dict[tuple[str, str], tuple[int, datetime]]:
        """Failures, and until when to wait, by kind and key; of those that have to wait still."""
        query = select(t.throttle).where(t.throttle.c.until > self.clock.now())
        with self.read() as connection:
            return {(row.kind, row.key): (row.failures, row.until) for row in connection.execute(query)}
